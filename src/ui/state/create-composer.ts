import { createMemo, createSignal, onCleanup, type Accessor } from 'solid-js';
import type { SendCommand } from '../../shared/core-api.ts';
import { newId, type ConversationId, type MessageId } from '../../shared/ids.ts';
import { createCommand, type Command } from './create-command.ts';
import { draftKey, type DraftStore } from './draft-store.ts';

export interface ComposerOptions {
  /** Null is the new chat. */
  conversationId: Accessor<ConversationId | null>;
  /** Its messages are not known yet, so neither is what a message would follow. */
  isOpening: Accessor<boolean>;
  leafId: Accessor<MessageId | null>;
  drafts: DraftStore;
  /** What a new chat is to tell its model; null: nothing special. */
  newCondition(): string | null;
  send(command: SendCommand): Promise<void>;
  /** After the core has saved the message. `from` is where it was typed. */
  onSent(conversationId: ConversationId, from: ConversationId | null): void;
}

export interface Composer {
  readonly text: Accessor<string>;
  setText(text: string): void;
  /**
   * Changes the draft of the chat that is on the screen now, whenever that is; a new chat that was sent by then is the
   * conversation it became.
   */
  holdDraft(): (change: (draft: string) => string) => void;
  /** Nothing can be sent yet: the conversation is still being opened. */
  readonly isWaiting: Accessor<boolean>;
  /** Sends what is typed. */
  submit(): void;
  /** Sends a text that was not typed; the draft stays as it is. */
  suggest(text: string): void;
  /** The sending of the chat that is on the screen: what fails in one is nothing to the next, and holds up no other. */
  readonly command: Pick<Command, 'pending' | 'error'>;
}

/** What became of the messages of one chat. */
interface Sending {
  command: Command;
  /** What failed last. The core may have saved it all the same, so trying again must send the same ids. */
  failed: { command: SendCommand; isDraft: boolean } | null;
}

export function createComposer(options: ComposerOptions): Composer {
  const { drafts } = options;
  const [version, setVersion] = createSignal(0);
  const text = createMemo(() => {
    version();
    return drafts.read(draftKey(options.conversationId()));
  });
  const write = (id: ConversationId | null, draft: string) => {
    drafts.write(draftKey(id), draft);
    setVersion((count) => count + 1);
  };

  // Another tab sent its draft of the same chat.
  const onStorage = (event: StorageEvent) => {
    if (event.key !== draftKey(options.conversationId()) || event.newValue !== null) return;
    drafts.takenAway(event.key, event.oldValue);
    setVersion((count) => count + 1);
  };
  addEventListener('storage', onStorage);
  onCleanup(() => removeEventListener('storage', onStorage));

  /** Where the draft of the new chat is, which moves once the chat is sent. */
  let newChat: { id: ConversationId | null } = { id: null };

  const sendings = new Map<ConversationId | null, Sending>();
  const sendingOf = (id: ConversationId | null): Sending => {
    const known = sendings.get(id) ?? { command: createCommand(), failed: null };
    sendings.set(id, known);
    return known;
  };
  const current = createMemo(() => sendingOf(options.conversationId()).command);

  const send = async (typed: string, isDraft: boolean) => {
    const from = options.conversationId();
    const parentId = options.leafId();
    const sending = sendingOf(from);
    const { command, failed } = sending;
    if (typed.trim() === '' || command.pending() || options.isOpening()) return;
    // If the core did save it, the conversation now ends in its answer.
    const again =
      failed?.command.text === typed &&
      (failed.command.parentId === parentId || failed.command.answerId === parentId);
    const message =
      failed && again
        ? failed.command
        : {
            conversationId: from ?? newId<ConversationId>(),
            parentId,
            messageId: newId<MessageId>(),
            answerId: newId<MessageId>(),
            text: typed,
            ...(from === null && options.newCondition() !== null
              ? { condition: options.newCondition() }
              : {}),
          };
    // A suggestion that failed waits in the composer, and is a draft from then on.
    let isInDraft = isDraft || (again && failed.isDraft);
    if (!(await command.run(() => options.send(message)))) {
      if (!isInDraft && drafts.read(draftKey(from)) === '') {
        write(from, typed);
        isInDraft = true;
      }
      sending.failed = { command: message, isDraft: isInDraft };
      return;
    }
    sending.failed = null;
    // What was typed while the message was on its way is the next draft, and moves with a new chat to its address.
    const draft = drafts.read(draftKey(from));
    const rest = isInDraft && draft.startsWith(typed) ? draft.slice(typed.length) : draft;
    write(from, '');
    write(message.conversationId, rest);
    if (from === null) {
      newChat.id = message.conversationId;
      newChat = { id: null };
    }
    options.onSent(message.conversationId, from);
  };

  return {
    text,
    setText: (draft) => write(options.conversationId(), draft),
    holdDraft() {
      const id = options.conversationId();
      const chat = id === null ? newChat : { id };
      return (change) => write(chat.id, change(drafts.read(draftKey(chat.id))));
    },
    isWaiting: options.isOpening,
    submit: () => void send(text(), true),
    suggest: (suggestion) => void send(suggestion, false),
    command: { pending: () => current().pending(), error: () => current().error() },
  };
}
