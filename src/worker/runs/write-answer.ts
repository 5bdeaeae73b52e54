import type { Generation, Message } from '../../shared/conversation.ts';
import { asAppError, isAbort } from '../../shared/errors.ts';
import type { Clock } from '../clock.ts';
import { noteDeviceLoss, type EnginePanel } from '../engine-panel.ts';
import type { Engine } from '../engines/engine.ts';
import type { Library } from '../library.ts';
import type { ModelSlot } from '../model-slot.ts';
import { conditionFor } from '../models/conditions.ts';
import { costOf, surviveLosses, type Meter, type StopReason } from './survive-losses.ts';
import { turnsOf } from './turns-of.ts';
import { untilAborted } from './until-aborted.ts';

/** Between two updates of the shown speed. */
const speedEveryMs = 250;

export interface AnswerTools {
  engine: Engine;
  slot: ModelSlot;
  library: Library;
  panel: EnginePanel;
  clock: Clock;
}

/**
 * One run: loads the model if need be, and writes the answer at the end of `branch`, after the text it already has.
 * When the GPU device or the host is lost it loads the model again and goes on from the text.
 * Never rejects: how it ended stands in the message. Returns what it cost.
 */
export async function writeAnswer(
  tools: AnswerTools,
  branch: Message[],
  signal: AbortSignal,
): Promise<number> {
  const { library, panel } = tools;
  const answer = branch.at(-1);
  if (!answer) return 0;
  const meter: Meter = { tokens: 0, read: 0 };
  library.update(answer, { state: 'running', error: null });
  try {
    await surviveLosses(
      () => attempt(tools, branch, answer, signal, meter),
      meter,
      signal,
      (loss) => {
        if (loss === 'host-lost') return;
        noteDeviceLoss(panel);
        if (answer.generation) {
          const generation = { ...answer.generation, recoveries: answer.generation.recoveries + 1 };
          library.update(answer, { generation });
        }
      },
    );
    library.update(answer, { state: signal.aborted ? (signal.reason as StopReason) : 'done' });
  } catch (error) {
    // A load that a person cancelled ends the runs that waited for it.
    if (isAbort(error)) library.update(answer, { state: 'stopped' });
    else {
      const failure = asAppError(error, 'engine-failed', 'The answer could not be written.');
      // The host may come back, and the text goes on from here.
      const state = failure.code === 'host-lost' ? 'interrupted' : 'failed';
      library.update(answer, { state, error: failure.view });
    }
  }
  return costOf(meter);
}

async function attempt(
  tools: AnswerTools,
  branch: Message[],
  answer: Message,
  signal: AbortSignal,
  meter: Meter,
): Promise<void> {
  const { engine, slot, library, panel, clock } = tools;
  const model = await untilAborted(slot.ensureLoaded(), signal);
  if (!model) return;
  const sampling = await untilAborted(engine.defaults(model), signal);
  if (!sampling) return;
  const history = branch.slice(0, -1);
  const turns = turnsOf(history);
  const condition = conditionFor(model, library.conditionOf(answer.conversationId));
  const before = answer.generation;
  const begun = clock.now();
  let generation: Generation = {
    firstTokenMs: null,
    tokensPerSecond: null,
    contextFrom: null,
    completionTokens: 0,
    recoveries: 0,
    ...before,
    model: model.id,
    quantization: model.quantization,
    ...sampling,
    finishReason: null,
    promptTokens: 0,
    ...(condition === null ? {} : { condition }),
  };
  const alreadyWritten = generation.completionTokens;
  let firstAt: number | null = null;
  let tokens = 0;
  let shownAt = begun;

  const speed = (): number | null => {
    const elapsed = firstAt === null ? 0 : clock.now() - firstAt;
    return elapsed > 0 && tokens > 1 ? ((tokens - 1) * 1000) / elapsed : null;
  };
  const showRunning = (stage: 'reading' | 'writing', tokensPerSecond: number | null): void => {
    const { running } = panel.state;
    if (running) panel.set({ running: { ...running, stage, tokensPerSecond } });
  };

  showRunning('reading', null);
  // What earlier attempts of this run wrote counts: a run has one limit.
  const left = { ...sampling, maxTokens: Math.max(1, sampling.maxTokens - meter.tokens) };
  const request = { model, turns, prefix: answer.text, sampling: left, condition };
  try {
    for await (const event of engine.generate(request, signal)) {
      switch (event.type) {
        case 'start': {
          meter.read += event.readTokens;
          const contextFrom = event.firstTurn > 0 ? (history[event.firstTurn]?.id ?? null) : null;
          generation = { ...generation, ...event.madeBy, contextFrom, promptTokens: event.promptTokens };
          library.update(answer, { generation });
          break;
        }
        case 'text': {
          tokens += event.tokens;
          meter.tokens += event.tokens;
          if (event.text !== '') library.append(answer, event.text);
          const now = clock.now();
          if (firstAt === null) {
            firstAt = now;
            generation = { ...generation, firstTokenMs: generation.firstTokenMs ?? now - begun };
            showRunning('writing', null);
          } else if (now - shownAt >= speedEveryMs) {
            shownAt = now;
            showRunning('writing', speed());
          }
          break;
        }
        case 'done':
          generation = {
            ...generation,
            finishReason: event.finishReason,
            promptTokens: event.promptTokens ?? generation.promptTokens,
          };
          break;
      }
    }
  } finally {
    generation = {
      ...generation,
      completionTokens: alreadyWritten + tokens,
      tokensPerSecond: speed() ?? generation.tokensPerSecond,
    };
    library.update(answer, { generation });
  }
}
