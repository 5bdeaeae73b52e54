import {
  branchOf,
  longestMessage,
  longestTitle,
  newestLeafBelow,
  titleOf,
  type Conversation,
  type Message,
} from '../shared/conversation.ts';
import type { MessageRef, RegenerateCommand, SearchHit, SendCommand } from '../shared/core-api.ts';
import { AppError } from '../shared/errors.ts';
import { newId, type ConversationId, type MessageId } from '../shared/ids.ts';
import {
  applyConversation,
  applyConversations,
  type ConversationEvent,
  type ConversationState,
  type ConversationsState,
} from '../shared/topics.ts';
import type { SavedConversation } from './archive/archive-format.ts';
import { missingOf, type TakenIn } from './archive/missing-of.ts';
import type { Clock } from './clock.ts';
import type { FinishedAnswer } from './door/answer-record.ts';
import { makeInTurn } from './in-turn.ts';
import type { Store } from './store/store.ts';
import type { WatchHub } from './watch-hub.ts';

/** How long a deleted conversation can be had back. */
const undoMs = 10 * 60_000;

export interface LibraryOptions {
  store: Store;
  hub: WatchHub;
  clock: Clock;
  /** A run is writing this message or will. */
  isActive(messageId: MessageId): boolean;
}

/**
 * Conversations and messages: all titles, and the messages of the conversations in use, in memory; everything in the store.
 * Commands are saved first and shown then, so a refused write changes nothing and the tab keeps the text.
 * Growing answers are shown first and saved soon after (see `journal.ts`).
 */
export class Library {
  readonly conversations: ConversationsState = { conversations: {} };
  readonly #opened = new Map<ConversationId, Promise<ConversationState>>();
  readonly #options: LibraryOptions;
  /** Commands run one after another, so that each sees the whole effect of those before it. */
  readonly #command = makeInTurn();

  constructor(options: LibraryOptions) {
    this.#options = options;
  }

  /** Reads the list of conversations. */
  async load(): Promise<void> {
    for (const conversation of await this.#options.store.listConversations()) {
      if (conversation.deletedAt === null) this.conversations.conversations[conversation.id] = conversation;
      else if (conversation.deletedAt < this.#options.clock.now() - undoMs) {
        // Not waited for: what a full disk keeps us from erasing must not keep people from reading the rest.
        this.#options.store.purge(conversation.id).catch(() => {});
      }
    }
  }

  /** A conversation with its messages, from memory if it is there. */
  open(id: ConversationId): Promise<ConversationState> {
    const known = this.#opened.get(id);
    if (known) return known;
    const opening = this.#read(id);
    this.#opened.set(id, opening);
    opening.catch(() => this.#opened.delete(id));
    return opening;
  }

  isWatched(id: ConversationId): boolean {
    return this.#options.hub.isWatched(`conversation:${id}`);
  }

  /** Forgets what nobody looks at and no run writes to; it is in the store. */
  async close(id: ConversationId): Promise<void> {
    const state = await this.#opened.get(id)?.catch(() => null);
    if (!state || this.isWatched(id)) return;
    if (Object.values(state.messages).some((message) => this.#options.isActive(message.id))) return;
    // In the same breath as the look: a run that began in between would write to a copy that nobody reads.
    this.#opened.delete(id);
  }

  /** Saves a person's message and a queued answer to it. False when it is a repetition and its run is there or was. */
  send(command: SendCommand): Promise<boolean> {
    return this.#command(async () => {
      const { conversationId, parentId, messageId, answerId, text, condition } = command;
      if (text.trim() === '') throw new AppError('bad-input', 'There is nothing to send.');
      if (text.length > longestMessage) {
        throw new AppError(
          'bad-input',
          'This message is too long: Hearth takes up to two million characters.',
        );
      }
      const state = await this.open(conversationId);
      const known = state.messages[answerId];
      if (known) return this.#again(state, known);
      if (parentId !== null) this.#find(state, parentId);
      const now = this.#options.clock.now();
      const conversation: Conversation = state.conversation ?? {
        id: conversationId,
        title: titleOf(text),
        renamed: false,
        createdAt: now,
        updatedAt: now,
        leafId: null,
        deletedAt: null,
      };
      const question: Message = {
        ...blankAnswer(conversationId, parentId, messageId, now),
        role: 'user',
        text,
        state: 'done',
      };
      const chosen = condition === undefined ? {} : { condition };
      await this.#save({ ...conversation, ...chosen, leafId: answerId, updatedAt: now }, [
        question,
        blankAnswer(conversationId, messageId, answerId, now),
      ]);
      return true;
    });
  }

  /** Saves an answer that a program was given, with what it had asked, as a conversation of its own. */
  keep({ turns, text, generation }: FinishedAnswer): Promise<void> {
    return this.#command(async () => {
      const now = this.#options.clock.now();
      const id = newId<ConversationId>();
      let parentId: MessageId | null = null;
      const messages: Message[] = [];
      for (const turn of [...turns, { role: 'assistant' as const, text }]) {
        const message: Message = { ...blankAnswer(id, parentId, newId(), now), ...turn, state: 'done' };
        messages.push(message);
        parentId = message.id;
      }
      const answer = messages.at(-1);
      if (answer) answer.generation = generation;
      const conversation: Conversation = {
        id,
        title: titleOf(turns.at(-1)?.text ?? ''),
        renamed: false,
        createdAt: now,
        updatedAt: now,
        leafId: parentId,
        deletedAt: null,
      };
      await this.#save(conversation, messages);
      await this.close(id);
    });
  }

  /** Adds what is not here yet of conversations that were saved to a file, all in one write; what is here stays as it is. */
  takeIn(saved: SavedConversation[]): Promise<TakenIn[]> {
    return this.#command(async () => {
      const all = await missingOf(saved, this.conversations.conversations, this.#options.store);
      const changes = all.filter(({ outcome }) => outcome === 'added' || outcome === 'completed');
      for (const message of changes.flatMap(({ messages }) => messages)) this.#interruptOrphan(message);
      await this.#saveAll(changes);
      for (const { conversation } of changes) await this.close(conversation.id);
      return all.map(({ outcome }) => outcome);
    });
  }

  /** Saves a queued sibling of an answer. False for a repetition. */
  regenerate({ conversationId, messageId, answerId }: RegenerateCommand): Promise<boolean> {
    return this.#command(async () => {
      const state = await this.open(conversationId);
      const known = state.messages[answerId];
      if (known) return this.#again(state, known);
      const answer = this.#find(state, messageId);
      if (answer.role !== 'assistant') throw new AppError('bad-input', 'Only an answer can be made again.');
      const now = this.#options.clock.now();
      await this.#save({ ...this.#existing(state), leafId: answerId, updatedAt: now }, [
        blankAnswer(conversationId, answer.parentId, answerId, now),
      ]);
      return true;
    });
  }

  /** Puts an answer that ended early back into the queue. False when a run has it already. */
  requeue({ conversationId, messageId }: MessageRef): Promise<boolean> {
    return this.#command(async () => {
      const state = await this.open(conversationId);
      const answer = this.#find(state, messageId);
      if (answer.role !== 'assistant') throw new AppError('bad-input', 'Only an answer can be continued.');
      if (this.#options.isActive(messageId)) return false;
      await this.#save(this.#existing(state), [{ ...answer, state: 'queued', error: null }]);
      return true;
    });
  }

  showBranch({ conversationId, messageId }: MessageRef): Promise<void> {
    return this.#command(async () => {
      const state = await this.open(conversationId);
      this.#find(state, messageId);
      await this.#save({ ...this.#existing(state), leafId: newestLeafBelow(state.messages, messageId) }, []);
    });
  }

  rename(id: ConversationId, title: string): Promise<void> {
    return this.#command(async () => {
      const trimmed = title.trim().slice(0, longestTitle);
      if (trimmed === '') throw new AppError('bad-input', 'A title needs at least one character.');
      await this.#save({ ...this.#existing(await this.open(id)), title: trimmed, renamed: true }, []);
      await this.close(id);
    });
  }

  setCondition(id: ConversationId, condition: string | null): Promise<void> {
    return this.#command(async () => {
      await this.#save({ ...this.#existing(await this.open(id)), condition }, []);
      await this.close(id);
    });
  }

  /**
   * Hides a conversation; it is erased for good at a later start, or at once where a full disk has no room to note that: then true,
   * and what is still being written to it must be erased as well. Nothing to do when that was done already.
   */
  remove(id: ConversationId): Promise<boolean> {
    return this.#command(async () => {
      if (!this.conversations.conversations[id]) return false;
      const state = await this.open(id);
      const { store, clock } = this.#options;
      const isErased = await store
        .save({ conversations: [{ ...this.#existing(state), deletedAt: clock.now() }], messages: [] })
        .then(() => false)
        .catch(async (error: unknown) => {
          if (!(error instanceof AppError) || error.code !== 'storage-full') throw error;
          await store.purge(id);
          return true;
        });
      applyConversations(this.conversations, { type: 'removed', id });
      applyConversation(state, { type: 'gone' });
      this.#options.hub.publish('conversations', { type: 'removed', id });
      this.#options.hub.publish(`conversation:${id}`, { type: 'gone' });
      await this.close(id);
      return isErased;
    });
  }

  restore(id: ConversationId): Promise<void> {
    return this.#command(async () => {
      // Another tab was first, and may be writing to it: what is saved is older than what is shown.
      if (this.conversations.conversations[id]) return;
      const deleted = (await this.#options.store.listConversations()).find(
        (candidate) => candidate.id === id,
      );
      if (!deleted) throw new AppError('not-found', 'This conversation is gone for good.');
      const messages = await this.#options.store.readMessages(id);
      for (const message of messages) this.#interruptOrphan(message);
      await this.#save({ ...deleted, deletedAt: null }, messages);
      await this.close(id);
    });
  }

  /** Replaces what is known of a message: shown now, saved soon. */
  update(message: Message, change: Partial<Message>): void {
    Object.assign(message, change);
    this.#publish(message.conversationId, { type: 'message', message: { ...message } });
    this.#options.store.later(message);
  }

  /** Adds text to the end of an answer: shown now, saved soon. The path of every token. */
  append(message: Message, text: string): void {
    const at = message.text.length;
    message.text += text;
    this.#publish(message.conversationId, { type: 'append', messageId: message.id, at, text });
    this.#options.store.later(message);
  }

  /** A run has ended: its text is final, to be saved now, found by search, and forgotten when nobody looks. */
  async settle({ conversationId, messageId }: MessageRef): Promise<void> {
    const state = await this.#opened.get(conversationId)?.catch(() => null);
    const message = state?.messages[messageId];
    await this.#options.store.flush();
    if (message) this.#options.store.index(message);
    await this.close(conversationId);
  }

  search(query: string): Promise<SearchHit[]> {
    return this.#options.store.search(query);
  }

  conditionOf(id: ConversationId): string | null {
    return this.conversations.conversations[id]?.condition ?? null;
  }

  /** The branch that ends in a message, oldest first, with the records that `update` and `append` take. */
  async branch({ conversationId, messageId }: MessageRef): Promise<Message[]> {
    const state = await this.open(conversationId);
    this.#find(state, messageId);
    return branchOf(state.messages, messageId);
  }

  async #read(id: ConversationId): Promise<ConversationState> {
    const conversation = this.conversations.conversations[id] ?? null;
    const messages: ConversationState['messages'] = {};
    if (!conversation) return { conversation, messages };
    for (const message of await this.#options.store.readMessages(id)) {
      if (this.#interruptOrphan(message)) this.#options.store.later(message);
      messages[message.id] = message;
    }
    return { conversation, messages };
  }

  /** An answer whose run died with its core, or ended while its conversation was deleted. */
  #interruptOrphan(message: Message): boolean {
    const isUnfinished = message.state === 'running' || message.state === 'queued';
    if (!isUnfinished || this.#options.isActive(message.id)) return false;
    message.state = 'interrupted';
    return true;
  }

  /** A command that was saved when its core died comes again: the answer that nobody writes now is queued once more. */
  async #again(state: ConversationState, answer: Message): Promise<boolean> {
    if (answer.state !== 'interrupted' || this.#options.isActive(answer.id)) return false;
    await this.#save(this.#existing(state), [{ ...answer, state: 'queued', error: null }]);
    return true;
  }

  #existing(state: ConversationState): Conversation {
    if (!state.conversation) throw new AppError('not-found', 'This conversation is not here any more.');
    return state.conversation;
  }

  #find(state: ConversationState, id: MessageId): Message {
    const message = state.messages[id];
    if (!message) throw new AppError('not-found', 'This message is not here any more.');
    return message;
  }

  #save(conversation: Conversation, messages: Message[]): Promise<void> {
    return this.#saveAll([{ conversation, messages }]);
  }

  async #saveAll(changes: { conversation: Conversation; messages: Message[] }[]): Promise<void> {
    await this.#options.store.save({
      conversations: changes.map(({ conversation }) => conversation),
      messages: changes.flatMap(({ messages }) => messages),
    });
    for (const { conversation, messages } of changes) {
      const { id } = conversation;
      applyConversations(this.conversations, { type: 'put', conversation });
      const state = await this.#opened.get(id);
      if (state) {
        for (const message of messages) {
          applyConversation(state, { type: 'message', message });
          this.#publish(id, { type: 'message', message: { ...message } });
        }
        applyConversation(state, { type: 'conversation', conversation });
        this.#publish(id, { type: 'conversation', conversation });
      }
      this.#options.hub.publish('conversations', { type: 'put', conversation });
    }
  }

  #publish(id: ConversationId, event: ConversationEvent): void {
    this.#options.hub.publish(`conversation:${id}`, event);
  }
}

const blankAnswer = (
  conversationId: ConversationId,
  parentId: MessageId | null,
  id: MessageId,
  createdAt: number,
): Message => ({
  id,
  conversationId,
  parentId,
  role: 'assistant',
  text: '',
  createdAt,
  state: 'queued',
  generation: null,
  error: null,
});
