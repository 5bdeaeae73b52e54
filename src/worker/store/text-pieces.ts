import type { ConversationId, MessageId } from '../../shared/ids.ts';

/** A title or a part of a message: what the index knows as one document. */
export interface Piece {
  id: string;
  conversationId: ConversationId;
  /** Null for a title. */
  messageId: MessageId | null;
  text: string;
}

/** In UTF-16 units: what takes a few milliseconds to index. Most messages are one piece. */
const most = 8000;
const reach = 200;

/** A long text in parts that can each be indexed without holding up the worker, cut between words where there are any. */
export function textPieces(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (text.length - start > most) {
    const end = borderBefore(text, start + most);
    pieces.push(text.slice(start, end));
    start = end;
  }
  pieces.push(text.slice(start));
  return pieces;
}

function borderBefore(text: string, end: number): number {
  const space = text.slice(end - reach, end).search(/\s\S*$/);
  if (space !== -1) return end - reach + space + 1;
  // Between the halves of a character is no border.
  return /[\udc00-\udfff]/.test(text.charAt(end)) ? end - 1 : end;
}
