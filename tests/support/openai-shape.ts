import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import schema from './openai-schema.json' with { type: 'json' };

type Shape = keyof typeof schema.$defs;

// OpenAI's description has keywords and formats of its own, which say nothing of a value's shape.
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(schema, 'openai');

/** Fails unless a value is what OpenAI's own description says of it. */
export function expectShape(shape: Shape, value: unknown): void {
  const isValid = ajv.validate(`openai#/$defs/${shape}`, value);
  expect(isValid ? null : ajv.errors, `${shape}: ${JSON.stringify(value)}`).toBe(null);
}

/** The events of a whole stream, `[DONE]` and comments left out; each is checked unless it is an error. */
export function readEvents(
  text: string,
  shape: Shape,
): { events: Record<string, unknown>[]; isDone: boolean } {
  const lines = text.split('\n\n').filter((block) => block.startsWith('data: '));
  const isDone = lines.at(-1) === 'data: [DONE]';
  const events = lines
    .filter((line) => line !== 'data: [DONE]')
    .map((line) => JSON.parse(line.slice('data: '.length)) as Record<string, unknown>);
  for (const event of events) expectShape('error' in event ? 'ErrorResponse' : shape, event);
  return { events, isDone };
}
