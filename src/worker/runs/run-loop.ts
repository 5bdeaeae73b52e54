import type { MessageRef } from '../../shared/core-api.ts';
import type { ConversationId, MessageId, TabId } from '../../shared/ids.ts';
import { makeFairQueue, type QueueEntry } from './fair-queue.ts';
import { writeAnswer, type AnswerTools, type StopReason } from './write-answer.ts';

interface Run extends QueueEntry {
  conversationId: ConversationId;
  messageId: MessageId;
  tabId: TabId;
  controller: AbortController;
  ended: Promise<void>;
  end(): void;
}

export interface RunLoop {
  /** While draining, the answer stays queued in the store, and the next core offers to continue it. */
  enqueue(ref: MessageRef, tabId: TabId): void;
  /** Ends this message's run, wherever it is; others do not notice. */
  stop(messageId: MessageId, reason: StopReason): Promise<void>;
  stopAll(reason: StopReason): Promise<void>;
  /** Resolves when none of them writes any more. */
  stopConversation(conversationId: ConversationId): Promise<void>;
  isActive(messageId: MessageId): boolean;
  isBusy(): boolean;
  /** Takes no more runs; resolves when the last one has ended. */
  drain(): Promise<void>;
  /** Called whenever nothing runs and nothing waits. */
  onIdle(listener: () => void): void;
}

export interface RunLoopOptions extends AnswerTools {
  /** After each run, whatever its end: the message will not change any more. */
  onEnd(ref: MessageRef): void;
}

/** One GPU, many tabs: takes runs from the fair queue, one at a time, for as long as there are any. */
export function makeRunLoop(options: RunLoopOptions): RunLoop {
  const { library, panel } = options;
  const queue = makeFairQueue<Run>();
  let current: Run | null = null;
  let draining = false;
  let idleListeners: (() => void)[] = [];

  function showQueue(): void {
    panel.set({
      queue: queue.order().map(({ messageId, conversationId, tabId }, index) => ({
        messageId,
        conversationId,
        tabId,
        place: index + 1,
      })),
    });
  }

  async function work(): Promise<void> {
    for (let run = queue.take(); run; run = queue.take()) {
      current = run;
      const { conversationId, messageId, tabId } = run;
      panel.set({ running: { messageId, conversationId, tabId, stage: 'starting', tokensPerSecond: null } });
      showQueue();
      try {
        const branch = await library.branch(run);
        queue.charge(run.client, await writeAnswer(options, branch, run.controller.signal));
      } catch {
        // Its conversation was deleted in the meantime: there is nothing to write to.
      }
      current = null;
      panel.set({ running: null });
      run.end();
      options.onEnd(run);
    }
    for (const listener of idleListeners) listener();
  }

  function kick(): void {
    if (current === null) void work();
  }

  async function endQueued(run: Run, reason: StopReason): Promise<void> {
    showQueue();
    // A deleted conversation has no branch any more.
    const branch = await library.branch(run).catch(() => []);
    const answer = branch.at(-1);
    if (answer) library.update(answer, { state: reason });
    run.end();
    options.onEnd(run);
  }

  const loop: RunLoop = {
    enqueue(ref, tabId) {
      if (draining) return;
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      queue.add({ ...ref, tabId, client: tabId, controller: new AbortController(), ended, end });
      showQueue();
      kick();
    },

    async stop(messageId, reason) {
      if (current?.messageId === messageId) current.controller.abort(reason);
      const queued = queue.remove(messageId);
      if (queued) await endQueued(queued, reason);
    },

    async stopAll(reason) {
      for (const run of queue.order()) await loop.stop(run.messageId, reason);
      current?.controller.abort(reason);
    },

    async stopConversation(conversationId) {
      const runs = current ? [current, ...queue.order()] : queue.order();
      for (const run of runs) {
        if (run.conversationId !== conversationId) continue;
        await loop.stop(run.messageId, 'stopped');
        await run.ended;
      }
    },

    isBusy: () => current !== null,

    isActive: (messageId) => current?.messageId === messageId || queue.has(messageId),

    drain() {
      draining = true;
      return new Promise((resolve) => {
        if (current === null && queue.order().length === 0) resolve();
        else idleListeners.push(resolve);
      });
    },

    onIdle: (listener) => void (idleListeners = [...idleListeners, listener]),
  };
  return loop;
}
