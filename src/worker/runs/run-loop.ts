import type { ClientView } from '../../shared/engine-state.ts';
import { assertNever } from '../../shared/errors.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import type { EnginePanel } from '../engine-panel.ts';
import { makeFairQueue, type QueueEntry } from './fair-queue.ts';
import type { StopReason } from './survive-losses.ts';

/** One generation that somebody asked for, a tab, a paired device or a program. */
export interface Run {
  messageId: MessageId;
  conversationId: ConversationId;
  client: ClientView;
  /** Its turn on the GPU. Resolves with what it cost, in tokens; never rejects. Ends early, with `StopReason`, when `signal` aborts. */
  write(signal: AbortSignal): Promise<number>;
  /** It left the queue before its turn. */
  leave(reason: StopReason): Promise<void>;
  /** After its end, written or not. */
  onEnd?(): void;
  /** Its place in the queue, 1 is next; whenever the queue changes. */
  onPlace?(place: number): void;
}

interface Entry extends QueueEntry {
  messageId: MessageId;
  conversationId: ConversationId;
  run: Run;
  controller: AbortController;
  ended: Promise<void>;
  end(): void;
}

export interface RunLoop {
  /** While draining, nothing is taken: an answer stays queued in the store, and the next core offers to continue it. */
  enqueue(run: Run): boolean;
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

/** A device has one turn however many links it has, and never the turn of a tab that happens to have its name. */
function queueKey(client: ClientView): string {
  switch (client.type) {
    case 'tab':
      return `tab:${client.tabId}`;
    case 'device':
      return `device:${client.deviceId}`;
    case 'program':
      return `program:${client.programId}`;
    default:
      return assertNever(client);
  }
}

/** One GPU, many clients: takes runs from the fair queue, one at a time, for as long as there are any. */
export function makeRunLoop(panel: EnginePanel): RunLoop {
  const queue = makeFairQueue<Entry>();
  let current: Entry | null = null;
  let draining = false;
  let idleListeners: (() => void)[] = [];

  function showQueue(): void {
    const order = queue.order();
    panel.set({
      queue: order.map(({ messageId, conversationId, run }, index) => ({
        messageId,
        conversationId,
        client: run.client,
        place: index + 1,
      })),
    });
    order.forEach(({ run }, index) => run.onPlace?.(index + 1));
  }

  async function work(): Promise<void> {
    for (let entry = queue.take(); entry; entry = queue.take()) {
      current = entry;
      const { conversationId, messageId, run } = entry;
      panel.set({
        running: { messageId, conversationId, client: run.client, stage: 'starting', tokensPerSecond: null },
      });
      showQueue();
      queue.charge(entry.client, await run.write(entry.controller.signal));
      current = null;
      panel.set({ running: null });
      entry.end();
      run.onEnd?.();
    }
    for (const listener of idleListeners) listener();
  }

  const loop: RunLoop = {
    enqueue(run) {
      if (draining) return false;
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const { messageId, conversationId, client } = run;
      const isLocal = client.type === 'tab';
      const controller = new AbortController();
      queue.add({
        messageId,
        conversationId,
        client: queueKey(client),
        isLocal,
        run,
        controller,
        ended,
        end,
      });
      // An idle engine takes it at once: then it has no place in the queue to tell of.
      if (current === null) void work();
      else showQueue();
      return true;
    },

    async stop(messageId, reason) {
      if (current?.messageId === messageId) current.controller.abort(reason);
      const queued = queue.remove(messageId);
      if (!queued) return;
      showQueue();
      await queued.run.leave(reason);
      queued.end();
      queued.run.onEnd?.();
    },

    async stopAll(reason) {
      for (const entry of queue.order()) await loop.stop(entry.messageId, reason);
      current?.controller.abort(reason);
    },

    async stopConversation(conversationId) {
      const entries = current ? [current, ...queue.order()] : queue.order();
      for (const entry of entries) {
        if (entry.conversationId !== conversationId) continue;
        await loop.stop(entry.messageId, 'stopped');
        await entry.ended;
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
