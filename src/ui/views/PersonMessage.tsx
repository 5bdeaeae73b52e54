import Pencil from 'lucide-solid/icons/pencil';
import { createSignal, Show, untrack } from 'solid-js';
import { newId, type MessageId } from '../../shared/ids.ts';
import { CopyButton } from '../parts/CopyButton.tsx';
import { FoldedText } from '../parts/FoldedText.tsx';
import { GrowingTextarea } from '../parts/GrowingTextarea.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { useApp } from '../state/app-state.ts';
import { editKey } from '../state/draft-store.ts';
import { isComposing } from '../state/is-composing.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';
import { useCore } from '../state/use-core.ts';
import type { MessageBodyProps } from './MessageItem.tsx';

/** What a person wrote, and its editor. What is typed there outlives a reload, as drafts do. */
export function PersonMessage(props: MessageBodyProps & { onUnfold: () => void }) {
  const core = useCore();
  const app = useApp();
  const { drafts } = app;
  const key = () => editKey(props.message.id);
  // Once, not tracked: from then on the signal is what is typed, and storage follows it.
  const [edited, setEdited] = createSignal<string | null>(untrack(() => drafts.read(key())) || null);
  let editButton: HTMLButtonElement | undefined;
  let editor: HTMLTextAreaElement | undefined;
  /** What could not be saved. The core may have saved it all the same, so the same words go again with the same ids. */
  let failed: { text: string; messageId: MessageId; answerId: MessageId } | null = null;

  const write = (text: string) => {
    drafts.write(key(), text);
    setEdited(text);
  };
  const begin = () => {
    failed = null;
    write(props.message.text);
    editor?.focus();
  };
  const end = (draft: string) => {
    drafts.write(draft, '');
    setEdited(null);
  };
  const cancel = () => {
    end(key());
    editButton?.focus();
  };
  const save = async () => {
    const text = edited() ?? '';
    if (text.trim() === '' || props.command.pending()) return;
    const { conversationId, parentId } = props.message;
    const version =
      failed?.text === text ? failed : { text, messageId: newId<MessageId>(), answerId: newId<MessageId>() };
    const from = key();
    if (!(await props.command.run(() => core.api.send({ conversationId, parentId, ...version })))) {
      failed = version;
      return;
    }
    failed = null;
    // What was typed meanwhile is the next version, and waits here.
    if (edited() === text) end(from);
    props.onSent();
  };

  return (
    <Show
      when={edited() !== null}
      fallback={
        <>
          <FoldedText
            text={props.message.text}
            isFound={app.jump()?.messageId === props.message.id}
            isPrinted={app.isPrinting()}
            onUnfold={() => props.onUnfold()}
          />
          <div class="message-tools">
            {props.versions}
            <CopyButton text={props.message.text} />
            <IconButton label="Edit" ref={(element) => (editButton = element)} onClick={begin}>
              <Pencil />
            </IconButton>
          </div>
        </>
      }
    >
      <form
        class="editor"
        ref={passFocusOn}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
        onKeyDown={(event) => event.key === 'Escape' && !isComposing(event) && cancel()}
      >
        <GrowingTextarea
          aria-label="New wording"
          value={edited() ?? ''}
          onText={write}
          enterName="done"
          onEnter={() => void save()}
          onElement={(element) => (editor = element)}
        />
        <div class="editor-buttons">
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
          <button type="submit" class="button button-primary" disabled={edited()?.trim() === ''}>
            Save
          </button>
        </div>
      </form>
    </Show>
  );
}
