import Ellipsis from 'lucide-solid/icons/ellipsis';
import { createSignal, createUniqueId, Show } from 'solid-js';
import type { Conversation } from '../../shared/conversation.ts';
import { IconButton } from '../parts/IconButton.tsx';
import { LazyPart } from '../parts/LazyPart.tsx';
import { useApp } from '../state/app-state.ts';
import { isComposing } from '../state/is-composing.ts';
import { addressOf } from '../state/parse-route.ts';
import { fileNameOf, saveFile } from '../state/save-file.ts';
import { useCore } from '../state/use-core.ts';
import { createCommand } from '../state/create-command.ts';
import { ConversationMenu } from './lazy-views.ts';

export interface ConversationItemProps {
  conversation: Conversation;
  isCurrent: boolean;
  activity: 'running' | 'queued' | null;
  onOpen: () => void;
}

const activityNames = { running: 'Answering', queued: 'Waiting' } as const;

export function ConversationItem(props: ConversationItemProps) {
  const app = useApp();
  const core = useCore();
  const command = createCommand();
  /** Its own: what is typed is not dropped because something else takes its time. */
  const renaming = createCommand();
  const [isRenaming, setRenaming] = createSignal(false);
  /** The menu is a large part of the code and few are ever opened: a plain button stands for it until then. */
  const [hasMenu, setHasMenu] = createSignal(false);
  let item: HTMLLIElement | undefined;
  let link: HTMLAnchorElement | undefined;
  let title: HTMLInputElement | undefined;

  const say = async (action: () => Promise<void>, by = command) => {
    const done = await by.run(action);
    if (!done) app.notify({ text: by.error()?.message ?? 'That did not work.', undo: null });
    return done;
  };
  const remove = async () => {
    const { id } = props.conversation;
    const neighbour = item?.nextElementSibling ?? item?.previousElementSibling;
    const next = neighbour?.querySelector('a') ?? item?.closest('nav')?.querySelector('input');
    if (!(await say(() => core.api.remove(id)))) return;
    // The focus goes with what it was on; the keyboard goes on beside it.
    if (document.activeElement === document.body || item?.contains(document.activeElement)) next?.focus();
    const { route, replace } = app.router;
    const at = route();
    const wasOpen = at.type === 'conversation' && at.id === id;
    if (wasOpen) replace(null);
    const undo = async () => {
      const isBack = await say(() => core.api.restore(id));
      // Nobody is taken out of what they have opened since.
      if (isBack && wasOpen && route().type === 'new') replace(id);
    };
    app.notify({ text: 'Conversation deleted.', undo: () => void undo() });
  };
  const save = () => {
    const { id, title: name } = props.conversation;
    return say(async () => {
      const text = await core.api.writeMarkdown(id);
      saveFile(new Blob([text], { type: 'text/markdown' }), fileNameOf(name, 'md'));
    });
  };
  const beginRenaming = () => {
    setRenaming(true);
    title?.select();
  };
  const rename = async (wanted: string) => {
    const { id } = props.conversation;
    if (await say(() => core.api.rename(id, wanted), renaming)) return;
    // What was typed is there to be tried again, with the focus that it had.
    const hadFocus = document.activeElement === link;
    setRenaming(true);
    if (!title) return;
    title.value = wanted;
    if (hadFocus) title.focus();
  };
  const endRenaming = (keep: boolean) => {
    if (!isRenaming()) return;
    const wanted = title?.value.trim() ?? '';
    setRenaming(false);
    if (keep && wanted !== '' && wanted !== props.conversation.title) void rename(wanted);
  };
  /** By the keyboard, whose place the field was. A press elsewhere has moved the focus already. */
  const endRenamingByKey = (keep: boolean) => {
    endRenaming(keep);
    link?.focus({ preventScroll: true });
  };
  const titleId = createUniqueId();

  return (
    <li class="conversation" data-current={props.isCurrent} ref={(element) => (item = element)}>
      <Show
        when={isRenaming()}
        fallback={
          <a
            ref={(element) => (link = element)}
            class="conversation-link"
            href={addressOf(props.conversation.id)}
            aria-current={props.isCurrent ? 'page' : undefined}
            onClick={() => props.onOpen()}
          >
            <Show when={props.activity}>
              {(activity) => (
                <span
                  class="activity"
                  data-activity={activity()}
                  role="img"
                  aria-label={activityNames[activity()]}
                />
              )}
            </Show>
            <span class="conversation-title" id={titleId} dir="auto">
              {props.conversation.title}
            </span>
          </a>
        }
      >
        <input
          ref={(element) => (title = element)}
          class="conversation-rename"
          aria-label="Title"
          dir="auto"
          maxLength={200}
          value={props.conversation.title}
          onKeyDown={(event) => {
            if (isComposing(event)) return;
            if (event.key === 'Enter') endRenamingByKey(true);
            if (event.key === 'Escape') {
              // The drawer must not have it, too.
              event.stopPropagation();
              event.preventDefault();
              endRenamingByKey(false);
            }
          }}
          onBlur={() => endRenaming(true)}
        />
      </Show>
      <Show
        when={hasMenu()}
        fallback={
          <IconButton
            class="conversation-more"
            label="Options"
            aria-describedby={titleId}
            aria-haspopup="menu"
            aria-expanded={false}
            onClick={() => setHasMenu(true)}
          >
            <Ellipsis />
          </IconButton>
        }
      >
        <LazyPart onGiveUp={() => setHasMenu(false)}>
          <ConversationMenu
            titleId={titleId}
            onRename={beginRenaming}
            onSave={() => void save()}
            onDelete={() => void remove()}
          />
        </LazyPart>
      </Show>
    </li>
  );
}
