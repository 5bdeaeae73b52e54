import { createEffect, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import type { ContextMeasure } from '../../shared/core-api.ts';
import type { ConversationId } from '../../shared/ids.ts';
import type { AppState } from './app-state.ts';
import { useCore } from './use-core.ts';

/** After the last key: a count of a long chat takes some milliseconds of the core's time. */
const afterMs = 300;

/** How full the model's context is, with what is typed. Null while it is not known. */
export function createMeasure(
  { conversation, engine }: Pick<AppState, 'conversation' | 'engine'>,
  text: Accessor<string>,
): Accessor<ContextMeasure | null> {
  const core = useCore();
  const [taken, setTaken] = createSignal<{ id: ConversationId | null; measure: ContextMeasure | null }>();
  const asked = () => {
    const isReady = engine()?.status.type === 'ready';
    // A growing answer is counted when it is whole.
    const isAtRest = conversation.activeId() === null;
    const condition = conversation.conversation()?.condition;
    return [
      isReady,
      isAtRest,
      engine()?.model?.id,
      conversation.id(),
      conversation.leafId(),
      condition,
      text(),
    ] as const;
  };
  createEffect(
    on(asked, ([isReady, isAtRest, , id, leafId, , typed]) => {
      if (!isReady) {
        setTaken();
        return;
      }
      if (!isAtRest) {
        // A chat's own measure stands until its answer is whole; that of the chat before says nothing of it.
        if (taken()?.id !== id) setTaken();
        return;
      }
      let isOld = false;
      const timer = setTimeout(() => {
        core.api.measure(id, leafId, typed).then(
          (measure) => !isOld && setTaken({ id, measure }),
          () => !isOld && setTaken(),
        );
      }, afterMs);
      onCleanup(() => {
        isOld = true;
        clearTimeout(timer);
      });
    }),
  );
  return () => taken()?.measure ?? null;
}
