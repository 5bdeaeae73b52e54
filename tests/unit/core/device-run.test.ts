import { beforeEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../src/p2p/session/host-engine.ts';
import type { RequestBody } from '../../../src/p2p/session/messages.ts';
import { AppError } from '../../../src/shared/errors.ts';
import {
  newId,
  type ConversationId,
  type DeviceId,
  type MessageId,
  type TabId,
} from '../../../src/shared/ids.ts';
import { makeEnginePanel, type EnginePanel } from '../../../src/worker/engine-panel.ts';
import { makeModelSlot } from '../../../src/worker/model-slot.ts';
import { makeDeviceRuns } from '../../../src/worker/runs/device-run.ts';
import { makeOutsideRuns } from '../../../src/worker/runs/outside-run.ts';
import { makeRunLoop, type Run, type RunLoop } from '../../../src/worker/runs/run-loop.ts';
import { testModel } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

const phone = { id: 'phone' as DeviceId, name: 'Phone' };

const body = (prefix = ''): RequestBody => ({
  model: null,
  turns: [{ role: 'user', text: 'Hi' }],
  prefix,
  sampling: { temperature: 0, topP: 1, maxTokens: 50, seed: 1 },
});

let engine: ManualEngine;
let panel: EnginePanel;
let loop: RunLoop;
let generate: ReturnType<typeof makeDeviceRuns>;

beforeEach(() => {
  engine = new ManualEngine();
  panel = makeEnginePanel(() => {});
  const slot = makeModelSlot(engine, panel, testModel);
  loop = makeRunLoop(panel);
  generate = makeDeviceRuns(makeOutsideRuns({ engine, slot, panel, loop }));
});

interface Asked {
  events: EngineEvent[];
  stop: AbortController;
  over: Promise<unknown>;
}

function ask(request = body(), device = phone): Asked {
  const stop = new AbortController();
  const events: EngineEvent[] = [];
  const read = async (): Promise<unknown> => {
    try {
      for await (const event of generate(request, stop.signal, device)) events.push(event);
      return null;
    } catch (error) {
      return error;
    }
  };
  return { events, stop, over: read() };
}

const generations = (count: number): Promise<void> => expect.poll(() => engine.requests.length).toBe(count);

/** A run of a tab that holds the GPU until it is told to end. */
function occupy(): { end(): void } {
  let end = (): void => {};
  const ended = new Promise<number>((resolve) => {
    end = () => resolve(10);
  });
  const run: Run = {
    messageId: newId<MessageId>(),
    conversationId: newId<ConversationId>(),
    client: { type: 'tab', tabId: newId<TabId>() },
    write: () => ended,
    leave: async () => {},
  };
  loop.enqueue(run);
  return { end };
}

describe('runs of other devices', () => {
  it('generates with the chosen model and counts what it used', async () => {
    const asked = ask();
    await generations(1);
    expect(panel.state.running?.client).toEqual({ type: 'device', deviceId: 'phone', name: 'Phone' });
    engine.write('Hel', 2);
    engine.write('lo', 1);
    engine.finish();
    expect(await asked.over).toBeNull();
    expect(asked.events.map(({ type }) => type)).toEqual(['start', 'text', 'text', 'done']);
    expect(asked.events[0]).toMatchObject({ promptTokens: 1, readTokens: 1 });
    expect(asked.events.at(-1)).toEqual({
      type: 'done',
      finishReason: 'stop',
      usage: { promptTokens: 1, completionTokens: 3 },
    });
    expect(panel.state.running).toBeNull();
  });

  it('waits for the person at this device and tells its place', async () => {
    const tab = occupy();
    const asked = ask();
    await expect.poll(() => asked.events).toEqual([{ type: 'queued', place: 1 }]);
    occupy().end();
    await expect.poll(() => asked.events.at(-1)).toEqual({ type: 'queued', place: 2 });
    tab.end();
    await generations(1);
    engine.finish();
    expect(await asked.over).toBeNull();
  });

  it('stops within a token when the device cancels, and frees the GPU', async () => {
    const asked = ask();
    await generations(1);
    engine.write('some');
    await expect.poll(() => asked.events.length).toBeGreaterThan(1);
    asked.stop.abort();
    expect(await asked.over).toBeNull();
    await expect.poll(() => loop.isBusy()).toBe(false);
  });

  it('leaves the queue when it is cancelled before its turn, without touching the engine', async () => {
    const tab = occupy();
    const asked = ask();
    await expect.poll(() => panel.state.queue.length).toBe(1);
    asked.stop.abort();
    expect(await asked.over).toBeNull();
    expect(panel.state.queue).toEqual([]);
    tab.end();
    expect(engine.requests).toEqual([]);
  });

  it('goes on from its text after the GPU was lost', async () => {
    const asked = ask(body('Once '));
    await generations(1);
    engine.write('upon ', 1);
    await expect.poll(() => asked.events.some(({ type }) => type === 'text')).toBe(true);
    engine.loseDevice();
    await generations(2);
    expect(engine.requests[1]).toMatchObject({ prefix: 'Once upon ', sampling: { maxTokens: 49 } });
    engine.write('a time', 2);
    engine.finish();
    expect(await asked.over).toBeNull();
    const text = asked.events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    expect(text).toBe('upon a time');
    expect(asked.events.filter(({ type }) => type === 'start')).toHaveLength(1);
    expect(panel.state.recoveries).toBe(1);
  });

  it('counts what was written before a loss once, though it stands in the prompt after it', async () => {
    const write = engine.generate.bind(engine);
    // A letter is a token.
    engine.generate = async function* (request, signal) {
      const promptTokens = 'Hi'.length + request.prefix.length;
      for await (const event of write(request, signal))
        yield event.type === 'start' ? { ...event, promptTokens } : event;
    };
    const asked = ask(body('Once '));
    await generations(1);
    engine.write('upon ', 5);
    await expect.poll(() => asked.events.some(({ type }) => type === 'text')).toBe(true);
    engine.loseDevice();
    await generations(2);
    engine.write('a time', 6);
    engine.finish();
    expect(await asked.over).toBeNull();
    expect(asked.events.at(-1)).toMatchObject({ usage: { promptTokens: 7, completionTokens: 11 } });
  });

  it('does not speak of the GPU when it was another device that went away', async () => {
    const asked = ask();
    await generations(1);
    engine.write('Once ', 1);
    engine.fail(new AppError('host-lost', 'The other device is away.'));
    await generations(2);
    expect(panel.state.status.type).toBe('ready');
    engine.finish();
    expect(await asked.over).toBeNull();
    expect(panel.state.recoveries).toBe(0);
  });

  it('passes an engine’s failure on', async () => {
    engine.noGpu = 'There is no GPU.';
    expect(await ask().over).toMatchObject({ code: 'no-gpu' });
  });

  it('takes nothing while the core gives way to another', async () => {
    void loop.drain();
    expect(await ask().over).toMatchObject({ code: 'busy' });
  });
});
