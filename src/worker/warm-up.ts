import type { ConversationId } from '../shared/ids.ts';
import type { EngineState, ModelChoice } from '../shared/engine-state.ts';
import type { EnginePanel } from './engine-panel.ts';
import type { Engine, Turn } from './engines/engine.ts';
import type { Library } from './library.ts';
import { conditionFor } from './models/conditions.ts';
import { turnsOf } from './runs/turns-of.ts';

export interface WarmUpOptions {
  engine: Engine;
  model(): ModelChoice;
  panel: EnginePanel;
  library: Pick<Library, 'open' | 'branch' | 'conditionOf' | 'isWatched'>;
  isBusy(): boolean;
}

/** Has the model read the conversation that a person opened last, while nobody needs the GPU: the next answer begins sooner. */
export interface WarmUp {
  opened(id: ConversationId): void;
  follow(state: EngineState): void;
}

export function makeWarmUp({ engine, model, panel, library, isBusy }: WarmUpOptions): WarmUp {
  let wanted: ConversationId | null = null;
  /** What is wanted has not been read to its end, by this or by an answer to it. */
  let isUnread = false;
  let controller: AbortController | null = null;
  let isFree = false;

  const canRead = (): boolean =>
    wanted !== null && !isBusy() && model().engine === 'webgpu' && engine.loadedModel === model().id;

  async function turnsIn(id: ConversationId): Promise<Turn[]> {
    const { conversation } = await library.open(id);
    if (!conversation?.leafId) return [];
    const branch = await library.branch({ conversationId: id, messageId: conversation.leafId });
    const isAtRest = branch.at(-1)?.role === 'assistant' && branch.at(-1)?.state !== 'queued';
    return isAtRest ? turnsOf(branch) : [];
  }

  async function begin(): Promise<void> {
    controller?.abort();
    controller = null;
    // The one before no longer speaks for the chip.
    if (panel.state.warming !== null) panel.set({ warming: null });
    const id = wanted;
    if (id === null || !canRead()) return;
    const mine = new AbortController();
    controller = mine;
    const turns = await turnsIn(id);
    if (turns.length === 0 || mine.signal.aborted || !canRead()) return;
    const condition = conditionFor(model(), library.conditionOf(id));
    panel.set({ warming: id });
    await engine.readAhead?.({ model: model(), turns, condition }, mine.signal);
    if (controller !== mine) return;
    // A run that began meanwhile has cut it off.
    if (isFree) isUnread = false;
    panel.set({ warming: null });
  }

  /** Nothing is lost when it fails: the next answer reads what it needs. */
  const beginQuietly = (): void => void begin().catch(() => {});

  return {
    opened(id) {
      wanted = id;
      isUnread = true;
      beginQuietly();
    },
    follow({ status, running, queue }) {
      const isReady = status.type === 'ready';
      // What is loaded next has read nothing yet.
      if (!isReady) isUnread = true;
      if (running !== null && running.conversationId === wanted) isUnread = false;
      const wasFree = isFree;
      // Before anything is begun: that changes the state, too, and comes back here.
      isFree = isReady && running === null && queue.length === 0;
      if (!isFree || wasFree || !isUnread) return;
      // What was left since is nobody's next question; and opened now, it would be in memory for good.
      if (wanted !== null && library.isWatched(wanted)) beginQuietly();
    },
  };
}
