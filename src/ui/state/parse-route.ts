import { parseId, type ConversationId } from '../../shared/ids.ts';

/** What the address says. A pairing link is a new chat; `create-pairing.ts` acts on it. `new` is a chat that has no id until its first message is sent. */
export type Route =
  | { type: 'new' }
  | { type: 'conversation'; id: ConversationId }
  /** An address that names nothing. */
  | { type: 'unknown' };

const conversationAddress = /^#\/c\/([^/]+)$/;

export function parseRoute(hash: string): Route {
  if (hash === '' || hash === '#' || hash === '#/' || hash.startsWith('#p=')) return { type: 'new' };
  const id = parseId<ConversationId>(conversationAddress.exec(hash)?.[1] ?? '');
  return id === null ? { type: 'unknown' } : { type: 'conversation', id };
}

export const newChatAddress = '#/';
export const addressOf = (id: ConversationId): string => `#/c/${id}`;
