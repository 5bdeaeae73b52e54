import { expect, test } from 'vitest';
import {
  beforeTemperature,
  bytesOfToken,
  mostProbable,
  textOfBytes,
} from '../../../src/worker/engines/token-logprobs.ts';

const spelled = (token: string, spelling: Parameters<typeof bytesOfToken>[1]) =>
  textOfBytes(bytesOfToken(token, spelling));

test('a token is told with its space and its bytes, however the tokenizer spells it', () => {
  expect(spelled('▁Hello', 'byte_fallback')).toBe(' Hello');
  expect(bytesOfToken('<0x0A>', 'byte_fallback')).toEqual([10]);
  expect(bytesOfToken('<0xF0>', 'byte_fallback')).toEqual([0xf0]);
  expect(spelled('ĠHello', 'byte_level')).toBe(' Hello');
  expect(spelled('ĊĊ', 'byte_level')).toBe('\n\n');
  expect(bytesOfToken('Ã', 'byte_level')).toEqual([0xc3]);
  expect(spelled('<|end▁of|>', 'byte_level')).toBe('<|end▁of|>');
  expect(spelled('▁a', 'raw')).toBe('▁a');
});

const softmax = (logits: number[], temperature: number) => {
  const powers = logits.map((logit) => Math.exp(logit / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
};

test.each([0.2, 0.7, 1, 2])('probabilities are those before a temperature of %f', (temperature) => {
  const logits = [3, 1, -2, 0.5];
  const wanted = softmax(logits, 1).map(Math.log);
  const found = beforeTemperature(softmax(logits, temperature), temperature);
  for (const [id, logarithm] of wanted.entries()) expect(found(id)).toBeCloseTo(logarithm, 6);
});

test('the most probable come first, of equals the one with the lower number', () => {
  expect(mostProbable([0.1, 0.4, 0, 0.4, 0.1], 3)).toEqual([1, 3, 0]);
  expect(mostProbable([0.5, 0.5], 5)).toEqual([0, 1]);
});
