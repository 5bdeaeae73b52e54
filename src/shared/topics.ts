import type { Conversation, Message } from './conversation.ts';
import type { DevicesState } from './devices-state.ts';
import type { EngineState } from './engine-state.ts';
import type { ErrorView } from './errors.ts';
import { assertNever } from './errors.ts';
import type { ConversationId, MessageId } from './ids.ts';
import type { ModelsState } from './models-state.ts';
import type { ServersState } from './servers-state.ts';

export interface ConversationsState {
  conversations: Record<ConversationId, Conversation>;
}
export type ConversationsEvent =
  | { type: 'put'; conversation: Conversation }
  | { type: 'removed'; id: ConversationId };

export interface ConversationState {
  /** Null when there is no such conversation (yet). */
  conversation: Conversation | null;
  messages: Record<MessageId, Message>;
}
export type ConversationEvent =
  | { type: 'conversation'; conversation: Conversation }
  | { type: 'message'; message: Message }
  /** Text added to the end of a message; `at` is its length before, in UTF-16 units. */
  | { type: 'append'; messageId: MessageId; at: number; text: string }
  | { type: 'gone' };

export type EngineStatusEvent = { type: 'engine'; state: EngineState };

export type ModelsEvent = { type: 'models'; state: ModelsState };

export type DevicesEvent = { type: 'devices'; state: DevicesState };

export type ServersEvent = { type: 'servers'; state: ServersState };

export interface StorageState {
  status: 'opening' | 'ready' | 'blocked' | 'full' | 'failed';
  error: ErrorView | null;
  /** Messages that are in memory and could not be saved yet. */
  unsaved: number;
}
export type StorageStatusEvent = { type: 'storage'; state: StorageState };

export interface CoreState {
  /**
   * `waiting`: another core (an older build, or another tab's) still owns the GPU and the conversations.
   * `retired`: this core gave way to a newer one; its tabs should reload.
   */
  phase: 'waiting' | 'opening' | 'open' | 'retired';
  /** Why a retired core gave way. */
  reason: 'newer-build' | 'other-tab' | null;
}
export type CoreStatusEvent = { type: 'core'; state: CoreState };

/** What can be watched: the name, its state and its events. */
export interface Topics {
  core: { state: CoreState; event: CoreStatusEvent };
  storage: { state: StorageState; event: StorageStatusEvent };
  engine: { state: EngineState; event: EngineStatusEvent };
  devices: { state: DevicesState; event: DevicesEvent };
  models: { state: ModelsState; event: ModelsEvent };
  servers: { state: ServersState; event: ServersEvent };
  conversations: { state: ConversationsState; event: ConversationsEvent };
  [conversation: `conversation:${ConversationId}`]: { state: ConversationState; event: ConversationEvent };
}
export type TopicName = keyof Topics;
export type AnyEvent = Topics[TopicName]['event'];

/*
 * One reducer per shape of state, used at both ends: by the core on its own state and by a tab on its view,
 * where the draft is a Solid store. They write in place and never replace what did not change.
 */

export function applyConversations(draft: ConversationsState, event: ConversationsEvent): void {
  switch (event.type) {
    case 'put':
      draft.conversations[event.conversation.id] = event.conversation;
      break;
    case 'removed':
      // Deleting the key, not setting undefined: lists are made from the keys.
      delete draft.conversations[event.id];
      break;
    default:
      assertNever(event);
  }
}

/** Throws when an `append` does not fit the text it extends: the view must then ask for a new snapshot. */
export function applyConversation(draft: ConversationState, event: ConversationEvent): void {
  switch (event.type) {
    case 'conversation':
      draft.conversation = event.conversation;
      break;
    case 'message':
      draft.messages[event.message.id] = event.message;
      break;
    case 'append': {
      const message = draft.messages[event.messageId];
      if (message?.text.length !== event.at) throw new Error('A piece of text does not fit its message.');
      message.text += event.text;
      break;
    }
    case 'gone':
      draft.conversation = null;
      draft.messages = {};
      break;
    default:
      assertNever(event);
  }
}

/** Brings a view of any topic up to date. The topic's name and its events' types go together, which types cannot say here. */
export function applyEvent(view: { state: unknown }, event: AnyEvent): void {
  switch (event.type) {
    case 'core':
    case 'storage':
    case 'engine':
    case 'devices':
    case 'models':
    case 'servers':
      view.state = event.state;
      break;
    case 'put':
    case 'removed':
      applyConversations(view.state as ConversationsState, event);
      break;
    case 'conversation':
    case 'message':
    case 'append':
    case 'gone':
      applyConversation(view.state as ConversationState, event);
      break;
    default:
      assertNever(event);
  }
}

/** Joins an event into the one before it when that loses nothing. Returns null when both must be sent. */
export function joinEvents(last: AnyEvent, next: AnyEvent): AnyEvent | null {
  if (last.type === 'append' && next.type === 'append' && last.messageId === next.messageId) {
    return { ...last, text: last.text + next.text };
  }
  const replaces =
    (last.type === 'engine' && next.type === 'engine') ||
    (last.type === 'devices' && next.type === 'devices') ||
    (last.type === 'models' && next.type === 'models') ||
    (last.type === 'servers' && next.type === 'servers') ||
    (last.type === 'storage' && next.type === 'storage') ||
    (last.type === 'core' && next.type === 'core') ||
    (last.type === 'put' && next.type === 'put' && last.conversation.id === next.conversation.id) ||
    (last.type === 'conversation' && next.type === 'conversation') ||
    (last.type === 'message' && next.type === 'message' && last.message.id === next.message.id);
  return replaces ? next : null;
}
