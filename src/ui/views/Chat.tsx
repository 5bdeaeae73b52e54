import ArrowDown from 'lucide-solid/icons/arrow-down';
import { createEffect, Match, on, onCleanup, Show, Switch } from 'solid-js';
import { useApp } from '../state/app-state.ts';
import { createComposer } from '../state/create-composer.ts';
import { createCondition } from '../state/create-condition.ts';
import { createLeftText } from '../state/create-left-text.ts';
import { createMeasure } from '../state/create-measure.ts';
import { createFollow } from '../state/create-follow.ts';
import { createWindow } from '../state/create-window.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';
import { useCore } from '../state/use-core.ts';
import { Composer } from './Composer.tsx';
import { Messages } from './Messages.tsx';
import { NotHere } from './NotHere.tsx';
import { Welcome } from './Welcome.tsx';

export interface ChatProps {
  onNewChat: () => void;
  onComposerElement: (element: HTMLTextAreaElement) => void;
}

/** The conversation that the address names, and where a person goes on with it. */
export function Chat(props: ChatProps) {
  const app = useApp();
  const core = useCore();
  const { conversation, router } = app;
  const follow = createFollow({
    isLog: () => conversation.phase() === 'loading' || conversation.phase() === 'shown',
    isPartial: () => list.hasNewer(),
  });
  const list = createWindow({ items: conversation.branch, list: conversation.id, scroller: follow.scroller });
  const toEnd = () => {
    list.showEnd();
    follow.toEnd();
  };
  const composer = createComposer({
    conversationId: conversation.id,
    isOpening: () => conversation.phase() === 'loading',
    leafId: conversation.leafId,
    drafts: app.drafts,
    newCondition: () => condition.forNew(),
    send: (command) => core.api.send(command),
    onSent(id, from) {
      if (from === null) condition.forgetNew();
      // The person may be elsewhere by now; then the answer simply comes where it was asked for.
      if (router.route().type === 'unknown' || conversation.id() !== from) return;
      if (from === null) router.replace(id);
      toEnd();
    },
  });
  const condition = createCondition(app);
  const measure = createMeasure(app, composer.text);
  const left = createLeftText(app, composer.text);
  createEffect(on(conversation.id, toEnd));
  createEffect(() => {
    if (!app.isPrinting()) return;
    const scroller = follow.scroller();
    const top = scroller?.scrollTop ?? 0;
    const showWindow = list.showAll();
    onCleanup(() => {
      showWindow();
      // On paper nothing is scrolled, and no browser anchors what came above.
      scroller?.scrollTo({ top });
    });
  });

  const isMissing = () => router.route().type === 'unknown' || conversation.phase() === 'missing';
  const hasConversations = () => Object.keys(app.conversations()?.conversations ?? {}).length > 0;

  return (
    <>
      <div class="chat-scroller" ref={follow.scrollerRef}>
        <div class="chat-content" ref={follow.contentRef}>
          <Switch>
            <Match when={isMissing()}>
              <NotHere
                hasText={left.text() !== ''}
                onTakeText={() => {
                  left.take();
                  props.onNewChat();
                }}
                onNewChat={() => props.onNewChat()}
              />
            </Match>
            <Match when={conversation.phase() === 'none' && app.conversations()}>
              <Welcome isFirstRun={!hasConversations()} onSuggest={composer.suggest} />
            </Match>
            <Match when={conversation.phase() === 'shown'}>
              <Messages
                list={list}
                lastUnseen={measure()?.lastUnseen ?? null}
                onSent={toEnd}
                onRelease={follow.release}
              />
            </Match>
            <Match when={conversation.phase() === 'loading'}>
              <p class="opening">Opening</p>
            </Match>
          </Switch>
        </div>
      </div>
      <div class="chat-bottom">
        <Show when={follow.isAway()}>
          <button ref={passFocusOn} type="button" class="button to-end" onClick={toEnd}>
            <ArrowDown />
            Jump to the end
          </button>
        </Show>
        <Show when={!isMissing()}>
          <Composer
            composer={composer}
            condition={condition}
            measure={measure()}
            onElement={(element) => props.onComposerElement(element)}
          />
        </Show>
      </div>
    </>
  );
}
