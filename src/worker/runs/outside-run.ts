import type { TokenLogprob } from '../../shared/door.ts';
import type { ClientView, ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import { newId, type ConversationId, type MessageId } from '../../shared/ids.ts';
import { noteDeviceLoss, type EnginePanel } from '../engine-panel.ts';
import type { Engine, GenerateRequest, Sampling } from '../engines/engine.ts';
import type { ModelSlot } from '../model-slot.ts';
import { makePushed } from '../../shared/pushed.ts';
import type { RunLoop } from './run-loop.ts';
import { costOf, surviveLosses, type Meter } from './survive-losses.ts';
import { untilAborted } from './until-aborted.ts';

export interface OutsideRunTools {
  engine: Engine;
  slot: ModelSlot;
  panel: EnginePanel;
  loop: RunLoop;
}

/** What somebody asks who is not at this device's keyboard. Of the sampling, what is left out is the model's own. */
export interface OutsideRequest extends Omit<GenerateRequest, 'model' | 'sampling'> {
  client: Exclude<ClientView, { type: 'tab' }>;
  sampling: Partial<Sampling>;
  /** Throws an `AppError` for a model that may not answer this client. */
  checkModel?(model: ModelChoice): void;
}

/** `queued` may come often; `done` is last. */
export type OutsideEvent =
  /** 1 is next. */
  | { type: 'queued'; place: number }
  | {
      type: 'start';
      firstTurn: number;
      promptTokens: number;
      /** Those of them that were not in the KV cache. */
      readTokens: number;
      generation: { model: string } & Sampling;
    }
  | { type: 'text'; text: string; tokens: number; logprobs?: TokenLogprob[] }
  | {
      type: 'done';
      finishReason: 'stop' | 'length';
      usage: { promptTokens: number; completionTokens: number };
    };

export type OutsideRun = (
  request: OutsideRequest,
  signal: AbortSignal,
) => AsyncGenerator<OutsideEvent, void, undefined>;

/** Generates for paired devices and for programs, with the model that this device's person chose, in the same queue as the tabs. */
export function makeOutsideRuns(tools: OutsideRunTools): OutsideRun {
  /** Each client has one "conversation" in the queue: what it asks in a row shares a KV cache. */
  const conversations = new Map<string, ConversationId>();

  function conversationOf(client: OutsideRequest['client']): ConversationId {
    const key = client.type === 'device' ? `device:${client.deviceId}` : `program:${client.programId}`;
    const known = conversations.get(key) ?? newId<ConversationId>();
    // Moved to the end: the longest unused is forgotten first.
    conversations.delete(key);
    conversations.set(key, known);
    const [oldest] = conversations.keys();
    if (conversations.size > 1_000 && oldest !== undefined) conversations.delete(oldest);
    return known;
  }

  return async function* run(request, signal) {
    const messageId = newId<MessageId>();
    const events = makePushed<OutsideEvent>();
    const isTaken = tools.loop.enqueue({
      messageId,
      conversationId: conversationOf(request.client),
      client: request.client,
      onPlace: (place) => events.push({ type: 'queued', place }),
      async write(runSignal) {
        const meter: Meter = { tokens: 0, read: 0 };
        try {
          await write(tools, request, AbortSignal.any([signal, runSignal]), meter, events.push);
          events.end();
        } catch (error) {
          events.fail(error);
        }
        return costOf(meter);
      },
      async leave() {
        events.end();
      },
    });
    if (!isTaken)
      throw new AppError('busy', 'This device is moving to a newer version of Hearth. Try again.');
    const onAbort = (): void => void tools.loop.stop(messageId, 'stopped');
    signal.addEventListener('abort', onAbort);
    try {
      if (signal.aborted) onAbort();
      yield* events.read();
    } finally {
      signal.removeEventListener('abort', onAbort);
      // Whoever stops reading wants no more of it.
      onAbort();
    }
  };
}

async function write(
  tools: OutsideRunTools,
  request: OutsideRequest,
  signal: AbortSignal,
  meter: Meter,
  emit: (event: OutsideEvent) => void,
): Promise<void> {
  const { engine, slot, panel } = tools;
  // Its own options, if only empty ones: what a person set for themselves is not meant.
  const { turns, options = {}, condition, isWhole = false } = request;
  let { prefix } = request;
  let hasStarted = false;

  const attempt = async (): Promise<void> => {
    const model = await untilAborted(slot.ensureLoaded(), signal);
    if (!model) return;
    request.checkModel?.(model);
    const defaults = await untilAborted(engine.defaults(model), signal);
    if (!defaults) return;
    const wanted = { ...defaults, ...request.sampling };
    const sampling = { ...wanted, maxTokens: Math.max(1, wanted.maxTokens - meter.tokens) };
    /** What earlier attempts wrote stands in this one's prompt, and is paid for as what was written. */
    const writtenBefore = meter.tokens;
    let promptTokens = 0;
    const asked = {
      model,
      turns,
      prefix,
      sampling,
      condition: condition ?? null,
      options,
      isWhole,
    };
    for await (const event of engine.generate(asked, signal)) {
      switch (event.type) {
        case 'start':
          ({ promptTokens } = event);
          meter.read += event.readTokens;
          if (!hasStarted) {
            const { firstTurn, readTokens } = event;
            const generation = { model: event.madeBy?.model ?? model.id, ...wanted };
            emit({ type: 'start', firstTurn, promptTokens, readTokens, generation });
          }
          hasStarted = true;
          showStage(panel, 'reading');
          break;
        case 'text': {
          const { text, tokens, logprobs } = event;
          if (meter.tokens === 0) showStage(panel, 'writing');
          meter.tokens += tokens;
          prefix += text;
          emit({ type: 'text', text, tokens, ...(logprobs && { logprobs }) });
          break;
        }
        case 'done':
          promptTokens = event.promptTokens ?? promptTokens;
          emit({
            type: 'done',
            finishReason: event.finishReason,
            usage: {
              promptTokens: Math.max(0, promptTokens - writtenBefore),
              completionTokens: meter.tokens,
            },
          });
          break;
      }
    }
  };

  await surviveLosses(attempt, meter, signal, (loss) => {
    if (loss === 'gpu-lost') noteDeviceLoss(panel);
  });
}

function showStage(panel: EnginePanel, stage: 'reading' | 'writing'): void {
  const { running } = panel.state;
  if (running) panel.set({ running: { ...running, stage } });
}
