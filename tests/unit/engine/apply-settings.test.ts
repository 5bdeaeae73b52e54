import { expect, test } from 'vitest';
import type { Engine } from '../../../src/worker/engines/engine.ts';
import { applySettings } from '../../../src/worker/engines/apply-settings.ts';
import { testModel } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

test('what a conversation leaves room for is the longest answer that is set', async () => {
  const measured: unknown[] = [];
  const engine: Engine = new ManualEngine();
  engine.measure = async ({ maxTokens }) => {
    measured.push(maxTokens);
    return null;
  };
  const turns = [{ role: 'user' as const, text: 'Hi' }];
  await applySettings(engine, () => ({ maxTokens: 77 })).measure?.({ model: testModel, turns });
  await applySettings(engine, () => ({})).measure?.({ model: testModel, turns });
  expect(measured).toEqual([77, undefined]);
});
