import { For } from 'solid-js';
import type { TextPiece } from '../state/mark-matches.ts';

/** Text with what was searched for marked. */
export function MarkedText(props: { pieces: TextPiece[] }) {
  return <For each={props.pieces}>{(piece) => (piece.match ? <mark>{piece.text}</mark> : piece.text)}</For>;
}
