import { expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/worker/engines/engine.ts';
import { testModel } from '../../support/make-test-core.ts';
import { makeScriptedEngine, type ScriptedEngine } from '../../support/scripted-engine.ts';

const never = new AbortController().signal;
const sampling = { temperature: 0, topP: 1, maxTokens: 10, seed: null };

async function load(engine: ScriptedEngine): Promise<void> {
  await engine.load(testModel, { signal: never, onProgress: () => {} });
}

async function textOf(engine: ScriptedEngine, prefix = '', signal = never): Promise<string> {
  let text = '';
  const events: AsyncIterable<EngineEvent> = engine.generate(
    { model: testModel, turns: [], prefix, sampling },
    signal,
  );
  for await (const event of events) if (event.type === 'text') text += event.text;
  return text;
}

test('writes its script, and goes on after a prefix', async () => {
  const engine = makeScriptedEngine();
  await load(engine);
  expect(await textOf(engine)).toBe('One two three.');
  expect(await textOf(engine, 'One tw')).toBe('o three.');
  expect(engine.requests).toHaveLength(2);
});

test('holds tokens until they are let through, and ends when it is stopped', async () => {
  const engine = makeScriptedEngine();
  await load(engine);
  engine.holdTokens();
  const controller = new AbortController();
  const text = textOf(engine, '', controller.signal);
  engine.letTokens(2);
  await expect.poll(() => engine.requests.length).toBe(1);
  controller.abort();
  expect('One two three.'.startsWith(await text)).toBe(true);
});

test('loses its device in the middle of a held answer', async () => {
  const engine = makeScriptedEngine();
  await load(engine);
  engine.holdTokens();
  const text = textOf(engine);
  engine.loseDevice();
  await expect(text).rejects.toMatchObject({ code: 'gpu-lost' });
  expect(engine.loadedModel).toBeNull();
  engine.letTokens();
  await load(engine);
  expect(await textOf(engine, 'One')).toBe(' two three.');
  expect(engine.devicesOpened).toBe(2);
});

test('holds a load until it is let through or cancelled', async () => {
  const engine = makeScriptedEngine();
  engine.holdLoads();
  const controller = new AbortController();
  const loading = engine.load(testModel, { signal: controller.signal, onProgress: () => {} });
  controller.abort();
  await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
  engine.failNextLoad(new Error('no'));
  await expect(load(engine)).rejects.toThrow('no');
  engine.letLoads();
  await load(engine);
  expect(engine.loads).toBe(1);
});
