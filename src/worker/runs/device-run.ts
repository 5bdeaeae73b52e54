import type { EngineEvent, GenerateFor } from '../../p2p/session/host-engine.ts';
import type { RequestBody } from '../../p2p/session/messages.ts';
import { AppError } from '../../shared/errors.ts';
import { newId, type ConversationId, type DeviceId, type MessageId } from '../../shared/ids.ts';
import { noteDeviceLoss, type EnginePanel } from '../engine-panel.ts';
import type { Engine } from '../engines/engine.ts';
import type { ModelSlot } from '../model-slot.ts';
import { makePushed } from './pushed.ts';
import type { RunLoop } from './run-loop.ts';
import { surviveLosses, type Meter } from './survive-losses.ts';
import { untilAborted } from './until-aborted.ts';

export interface DeviceRunTools {
  engine: Engine;
  slot: ModelSlot;
  panel: EnginePanel;
  loop: RunLoop;
}

/**
 * Generates for paired devices with the model that this device's person chose, in the same queue as the tabs.
 * Nothing of it is stored here. Each device has one "conversation" in the queue: what it asks in a row shares a KV cache.
 */
export function makeDeviceRuns(tools: DeviceRunTools): GenerateFor {
  const conversations = new Map<DeviceId, ConversationId>();

  return async function* generate(body, signal, { id: deviceId, name }) {
    const conversationId = conversations.get(deviceId) ?? newId<ConversationId>();
    conversations.set(deviceId, conversationId);
    const messageId = newId<MessageId>();
    const events = makePushed<EngineEvent>();
    const isTaken = tools.loop.enqueue({
      messageId,
      conversationId,
      client: { type: 'device', deviceId, name },
      onPlace: (place) => events.push({ type: 'queued', place }),
      async write(runSignal) {
        const meter: Meter = { tokens: 0 };
        try {
          await write(tools, body, AbortSignal.any([signal, runSignal]), meter, events.push);
          events.end();
        } catch (error) {
          events.fail(error);
        }
        return meter.tokens;
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
  tools: DeviceRunTools,
  body: RequestBody,
  signal: AbortSignal,
  meter: Meter,
  emit: (event: EngineEvent) => void,
): Promise<void> {
  const { engine, slot, panel } = tools;
  let { prefix } = body;
  let hasStarted = false;

  const attempt = async (): Promise<void> => {
    const model = await untilAborted(slot.ensureLoaded(), signal);
    if (!model) return;
    if (model.engine !== 'webgpu') {
      throw new AppError('no-gpu', 'That device now uses another one itself.');
    }
    const sampling = { ...body.sampling, maxTokens: body.sampling.maxTokens - meter.tokens };
    let promptTokens = 0;
    for await (const event of engine.generate({ model, turns: body.turns, prefix, sampling }, signal)) {
      switch (event.type) {
        case 'start':
          ({ promptTokens } = event);
          if (!hasStarted) emit({ type: 'start', firstTurn: event.firstTurn, promptTokens });
          hasStarted = true;
          showStage(panel, 'reading');
          break;
        case 'text':
          if (meter.tokens === 0) showStage(panel, 'writing');
          meter.tokens += event.tokens;
          prefix += event.text;
          emit({ type: 'text', text: event.text, tokens: event.tokens });
          break;
        case 'done':
          emit({
            type: 'done',
            finishReason: event.finishReason,
            usage: { promptTokens, completionTokens: meter.tokens },
          });
          break;
      }
    }
  };

  await surviveLosses(attempt, meter, signal, () => noteDeviceLoss(panel));
}

function showStage(panel: EnginePanel, stage: 'reading' | 'writing'): void {
  const { running } = panel.state;
  if (running) panel.set({ running: { ...running, stage } });
}
