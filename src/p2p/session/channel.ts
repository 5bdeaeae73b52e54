import type { Link } from '../link/link.ts';
import type { Clock } from './clock.ts';
import { makeJoiner, splitMessage } from './fragments.ts';
import { makeOpener, makeSealer } from './frame-cipher.ts';
import type { Established } from './handshake.ts';
import { MAX_OUTGOING_BYTES, MAX_STRIKES, ROOMY_BYTES } from './limits.ts';
import { watchLiveness } from './liveness.ts';
import type { ByeReason, FromGuest, FromHost } from './messages.ts';
import { encodeMessage, fromGuest, fromHost, readMessage } from './messages.ts';

/** Messages over one link after its handshake: sealed, cut into frames, counted, watched. */
export interface Channel<Outgoing> {
  readonly path: 'dtls' | 'relay';
  readonly isOpen: boolean;
  /** False while the link is behind: tokens should wait for `onRoom`. Other messages need not. */
  readonly isRoomy: boolean;
  /** Takes over the link. Apart, so that the owner holds the channel before its first call. */
  begin(): void;
  /** Never refuses: a link too far behind is given up instead. Nothing happens on a closed channel. */
  send(message: Outgoing): void;
  /** Asks for a sign of life now: it is suspended when none comes soon. */
  probe(): void;
  /** Says why, if the link still carries it. `onClosed` is called too. */
  close(reason: ByeReason): void;
}

/** `lost`: the link ended without a word. Otherwise whoever closed it said why. */
export type ChannelEnd = { by: 'us' | 'them'; reason: ByeReason } | { by: 'link'; reason: 'lost' };

type Dialogue = {
  host: { incoming: FromGuest; outgoing: FromHost };
  guest: { incoming: FromHost; outgoing: FromGuest };
};

export type Heard<R extends keyof Dialogue> = Exclude<
  Dialogue[R]['incoming'],
  { type: 'ping' } | { type: 'pong' } | { type: 'bye' }
>;

export interface ChannelOptions<R extends keyof Dialogue> {
  role: R;
  link: Link;
  keys: Pick<Established, 'sendKey' | 'receiveKey'>;
  clock: Clock;
  /** Frames that came between the handshake and now. */
  early: Uint8Array[];
  /** Bytes of one incoming message; asked each time, because approval raises it. */
  maxMessageBytes(): number;
  /** False when a message is one too many. */
  mayReceive?: () => boolean;
  onMessage(message: Heard<R>): void;
  onRoom(): void;
  onSuspended(isSuspended: boolean): void;
  /** Once, and the last call. */
  onClosed(end: ChannelEnd): void;
}

export function openChannel<R extends keyof Dialogue>(
  options: ChannelOptions<R>,
): Channel<Dialogue[R]['outgoing']> {
  const { link, clock } = options;
  const seal = makeSealer(options.keys.sendKey);
  const open = makeOpener(options.keys.receiveKey);
  const join = makeJoiner(options.maxMessageBytes);
  const schema = options.role === 'host' ? fromGuest : fromHost;
  /** Plain fragments. They are sealed when the link takes them, so counters go out in order. */
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  /** Sealed, and refused by the link so far. */
  let held: Uint8Array | null = null;
  let strikes = 0;
  let isOpen = true;

  const end = (how: ChannelEnd) => {
    if (!isOpen) return;
    isOpen = false;
    liveness.stop();
    waiting = [];
    waitingBytes = 0;
    held = null;
    link.close();
    options.onClosed(how);
  };

  const pump = () => {
    while (isOpen) {
      if (held === null) {
        const next = waiting.shift();
        if (next === undefined) return;
        waitingBytes -= next.length;
        held = seal(next);
      }
      if (!link.send(held)) return;
      held = null;
    }
  };

  const send = (message: FromGuest | FromHost) => {
    if (!isOpen) return;
    for (const fragment of splitMessage(encodeMessage(message))) {
      waiting.push(fragment);
      waitingBytes += fragment.length;
    }
    if (waitingBytes > MAX_OUTGOING_BYTES) end({ by: 'us', reason: 'overflow' });
    else pump();
  };

  const close = (reason: ByeReason) => {
    send({ type: 'bye', reason });
    end({ by: 'us', reason });
  };

  const strike = () => {
    strikes += 1;
    if (strikes >= MAX_STRIKES) close('protocol');
  };

  const onPlain = (bytes: Uint8Array) => {
    liveness.heard();
    const joined = join(bytes);
    if (joined.type === 'invalid') close('protocol');
    if (joined.type !== 'message') return;
    if (options.mayReceive?.() === false) {
      close('flood');
      return;
    }
    const message = readMessage(schema, joined.bytes);
    if (message === null) strike();
    else if (message.type === 'ping') send({ type: 'pong' });
    else if (message.type === 'bye') end({ by: 'them', reason: message.reason });
    else if (message.type !== 'pong') options.onMessage(message as Heard<R>);
  };

  const liveness = watchLiveness({
    clock,
    ping: () => send({ type: 'ping' }),
    onSuspended: options.onSuspended,
    onSilent: () => close('silent'),
  });

  const onFrame = (frame: Uint8Array) => {
    if (!isOpen) return;
    const opened = open(frame);
    if (opened.type === 'plain') onPlain(opened.bytes);
    else if (opened.type === 'gap') close('protocol');
    else strike();
  };

  const begin = () => {
    link.listen({
      onFrame,
      onDrain() {
        pump();
        if (isOpen && waitingBytes < ROOMY_BYTES) options.onRoom();
      },
      onClosed: () => end({ by: 'link', reason: 'lost' }),
    });
    for (const frame of options.early) onFrame(frame);
  };

  return {
    path: link.fingerprints.label,
    get isOpen() {
      return isOpen;
    },
    get isRoomy() {
      return isOpen && held === null && waitingBytes < ROOMY_BYTES;
    },
    begin,
    send,
    probe: () => {
      if (isOpen) liveness.probe();
    },
    close,
  };
}
