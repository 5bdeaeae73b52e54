import { createSignal, type Accessor } from 'solid-js';
import type { AppState } from './app-state.ts';
import { createCommand } from './create-command.ts';
import { useCore } from './use-core.ts';

export interface Condition {
  /** What the model in use can be told; empty for most. */
  readonly known: Accessor<string[]>;
  readonly chosen: Accessor<string>;
  choose(condition: string): void;
  /** For a new chat: what goes with its first message. */
  readonly forNew: Accessor<string | null>;
}

/** The condition of the chat on the screen: kept with it, or, for a new one, until its first message is sent. */
export function createCondition({
  conversation,
  engine,
}: Pick<AppState, 'conversation' | 'engine'>): Condition {
  const core = useCore();
  const command = createCommand();
  const [forNew, setForNew] = createSignal<string | null>(null);
  const known = () => engine()?.model?.conditions ?? [];
  const usual = () => known()[0] ?? '';
  return {
    known,
    forNew,
    chosen() {
      const kept = conversation.id() === null ? forNew() : conversation.conversation()?.condition;
      return kept ?? usual();
    },
    choose(condition) {
      const value = condition === usual() ? null : condition;
      const id = conversation.id();
      if (id === null) setForNew(value);
      else void command.run(() => core.api.setCondition(id, value));
    },
  };
}
