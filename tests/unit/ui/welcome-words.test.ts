import { expect, test } from 'vitest';
import { welcomeWords } from '../../../src/ui/state/welcome-words.ts';
import { engineState } from '../../support/scripted-state.ts';
import { testModel } from '../../support/make-test-core.ts';

test('on the own GPU everything stays here', () => {
  expect(welcomeWords(engineState()).privacy).toMatch(/^Everything stays on this device/);
  expect(welcomeWords(null).privacy).toMatch(/^Everything stays on this device/);
});

test('a guest is told who can read what it writes', () => {
  const model = { ...testModel, engine: 'peer' as const, label: 'Nora’s laptop' };
  const { privacy } = welcomeWords(engineState({ model }));
  expect(privacy).toContain('Nora’s laptop computes the answers and can read them');
  expect(privacy).not.toContain('Everything stays');
});

test('with a server’s model it is named where what is written goes', () => {
  const sentTo = ['http://gpu.example:8000', 'https://b.example'];
  const model = { ...testModel, engine: 'http' as const, label: 'tiny', sentTo };
  const { privacy } = welcomeWords(engineState({ model }));
  expect(privacy).toContain('sent to http://gpu.example:8000 or https://b.example');
  expect(privacy).not.toContain('Everything stays');
});

test('of a server that is gone it says that nothing is sent', () => {
  const model = { ...testModel, engine: 'http' as const, label: 'tiny', sentTo: [] };
  expect(welcomeWords(engineState({ model })).privacy).toBe(
    'Your chats are saved on this device only. No server offers this model now: what you write goes nowhere.',
  );
});

test('without a GPU the way to another one is shown', () => {
  const status = { type: 'missing', reason: 'No GPU.' } as const;
  expect(welcomeWords(engineState({ status })).intro).toContain('Devices');
});
