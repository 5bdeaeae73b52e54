import { createSignal, type Accessor } from 'solid-js';
import { asAppError } from '../../shared/errors.ts';
import type { ConversationId } from '../../shared/ids.ts';
import type { AppState } from './app-state.ts';
import { useCore } from './use-core.ts';

export interface Condition {
  /** What the model in use can be told; empty for most. */
  readonly known: Accessor<string[]>;
  readonly chosen: Accessor<string>;
  choose(condition: string): void;
  /** For a new chat: what goes with its first message. */
  readonly forNew: Accessor<string | null>;
  /** That message was sent: the next new chat begins with the usual one. */
  forgetNew(): void;
}

/** The condition of the chat on the screen: kept with it, or, for a new one, until its first message is sent. */
export function createCondition({
  conversation,
  engine,
  notify,
}: Pick<AppState, 'conversation' | 'engine' | 'notify'>): Condition {
  const core = useCore();
  const [forNew, setForNew] = createSignal<string | null>(null);
  /** What was chosen last, until the core has taken it or refused it. */
  const [wish, setWish] = createSignal<{ id: ConversationId; value: string | null } | null>(null);
  const known = () => engine()?.model?.conditions ?? [];
  const usual = () => known()[0] ?? '';

  const keep = async (id: ConversationId, value: string | null) => {
    const asked = { id, value };
    setWish(asked);
    try {
      await core.api.setCondition(id, value);
    } catch (failure) {
      const { message } = asAppError(failure, 'storage-failed', 'The condition could not be changed.');
      notify({ text: message, undo: null });
    }
    // A later one is still on its way.
    if (wish() === asked) setWish(null);
  };

  return {
    known,
    forNew,
    forgetNew: () => setForNew(null),
    chosen() {
      const id = conversation.id();
      if (id === null) return forNew() ?? usual();
      const asked = wish();
      const condition = asked?.id === id ? asked.value : conversation.conversation()?.condition;
      return condition ?? usual();
    },
    choose(condition) {
      const value = condition === usual() ? null : condition;
      const id = conversation.id();
      if (id === null) setForNew(value);
      else void keep(id, value);
    },
  };
}
