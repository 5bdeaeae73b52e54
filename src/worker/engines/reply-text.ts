/** Tokens of context in which new ones are decoded: enough for a character that is made of several. */
const anchorTokens = 8;

export interface ReplyTextOptions {
  decode(ids: number[]): string;
  /** What the new tokens follow without a break; empty at the beginning of an answer. */
  before: number[];
  /** Texts that end an answer and are not part of it. */
  stops: string[];
}

/** Turns an answer's tokens into text, piece by piece and exactly. */
export interface ReplyText {
  /** A stop text has come: there is no more. */
  readonly isStopped: boolean;
  /** Whether all tokens are in the text that was given out. */
  readonly isWhole: boolean;
  /** The text that is certain now. Empty while a character or what may be a stop text is incomplete. */
  add(id: number): string;
  /** What was kept back in case it was a stop text. */
  rest(): string;
}

/**
 * A decoder drops the leading space of whatever it is given, so each token is decoded together with those before it, and
 * only what it adds is taken: at the beginning of an answer the space goes, as it should, and at the seam of a continued
 * one it stays.
 */
export function makeReplyText({ decode, before, stops }: ReplyTextOptions): ReplyText {
  let settled = before.slice(-anchorTokens - 3);
  let anchor = anchorOf(settled, decode);
  let open: number[] = [];
  let heldBack = '';
  let isStopped = false;

  function decodeNew(id: number): string {
    open.push(id);
    const old = anchor.text;
    const now = decode([...anchor.ids, ...open]);
    // A replacement character at the end: the bytes of a character are not all there.
    if (now.length <= old.length || now.endsWith('\uFFFD')) return '';
    settled = [...settled, ...open].slice(-anchorTokens - 3);
    anchor = anchorOf(settled, decode);
    open = [];
    return now.slice(old.length);
  }

  return {
    get isStopped() {
      return isStopped;
    },

    get isWhole() {
      return open.length === 0 && heldBack === '' && !isStopped;
    },

    add(id) {
      const text = heldBack + decodeNew(id);
      const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
      if (found.length > 0) {
        isStopped = true;
        heldBack = '';
        return text.slice(0, Math.min(...found));
      }
      const held = Math.max(0, ...stops.map((stop) => overlap(text, stop)));
      heldBack = text.slice(text.length - held);
      return text.slice(0, text.length - held);
    },

    rest() {
      const text = heldBack;
      heldBack = '';
      return text;
    },
  };
}

/**
 * The last tokens, from the beginning of a character on: at most three more, as a character has at most four bytes. From within one,
 * a decoder of single bytes makes nothing of all that follow it.
 */
function anchorOf(ids: number[], decode: ReplyTextOptions['decode']): { ids: number[]; text: string } {
  const parts = [0, 1, 2, 3].map((more) => ids.slice(-anchorTokens - more));
  for (const part of parts) {
    const text = decode(part);
    if (!text.startsWith('\uFFFD')) return { ids: part, text };
  }
  const last = ids.slice(-anchorTokens);
  return { ids: last, text: decode(last) };
}

/** Length of the longest end of `text` with which `stop` begins. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
