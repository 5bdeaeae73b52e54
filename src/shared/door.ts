import * as v from 'valibot';
import { longestMessage } from './conversation.ts';

/*
 * The dialogue of the server and the core about requests of its OpenAI-compatible door: JSON texts on one WebSocket, which
 * the core opens. The server passes requests on; the core answers them in its queue like those of a tab or a device.
 */

/** Beside the app: `new URL(doorPath, appBase)`. */
export const doorPath = 'door/engine';

/** Bytes of one message. A request has at most half as many, so that escaping has room. */
export const maxDoorMessage = 8 * 1024 * 1024;

const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000_000));
const between = (low: number, high: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(low), v.maxValue(high));
const text = v.pipe(v.string(), v.maxLength(longestMessage));
const id = v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/));

/** What a request may ask of an engine beside its sampling. Left out: the model's own way. */
export const generateOptions = v.strictObject({
  /** Stands before the first turn, in place of the model's own system message. */
  system: v.optional(text),
  /** The one turn is a text to go on with, and not a conversation: no template is put around it. */
  isPlain: v.optional(v.boolean()),
  /** Texts that end the answer and are not part of it. */
  stop: v.optional(v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(500))), v.maxLength(16))),
  frequencyPenalty: v.optional(between(-2, 2)),
  presencePenalty: v.optional(between(-2, 2)),
  /** By token, added to its logit. */
  logitBias: v.optional(v.record(v.pipe(v.string(), v.regex(/^(?:0|[1-9]\d{0,6})$/)), between(-100, 100))),
  /** How many alternatives to tell of for each token; 0: the probability of the token alone. */
  topLogprobs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(20))),
  /** The answer is JSON: of this schema, or any when it is empty. */
  jsonSchema: v.optional(text),
});
export type GenerateOptions = v.InferOutput<typeof generateOptions>;

const tokenLogprob = v.object({
  token: v.string(),
  logprob: v.number(),
  bytes: v.array(v.number()),
});
/** The natural logarithm of a token's probability, and of those that it was chosen among. */
const chosenLogprob = v.object({ ...tokenLogprob.entries, top: v.array(tokenLogprob) });
export type TokenLogprob = v.InferOutput<typeof chosenLogprob>;

/** One answer that is wanted. The words of the core's `GenerateRequest`; of its sampling what is left out is the model's own. */
export const doorRequest = v.strictObject({
  turns: v.pipe(
    v.array(v.strictObject({ role: v.picklist(['user', 'assistant']), text })),
    v.minLength(1),
    v.maxLength(4_000),
  ),
  prefix: text,
  /** Null: the model's usual one. Whether the model has it, its engine knows. */
  condition: v.nullable(v.pipe(v.string(), v.maxLength(100))),
  sampling: v.strictObject({
    temperature: v.optional(between(0, 2)),
    topP: v.optional(between(0, 1)),
    maxTokens: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
    seed: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-(2 ** 53)), v.maxValue(2 ** 53))),
  }),
  options: generateOptions,
});
export type DoorRequest = v.InferOutput<typeof doorRequest>;

export const fromServer = v.variant('type', [
  /** First. The model that the server was started with, null: whatever is chosen; and which start of it this is. */
  v.strictObject({
    type: v.literal('welcome'),
    model: v.nullable(v.pipe(v.string(), v.maxLength(300))),
    start: id,
  }),
  v.strictObject({
    type: v.literal('ask'),
    id,
    /** Requests of one client share its turn in the queue. `name` is for people. */
    client: v.strictObject({ id, name: v.pipe(v.string(), v.maxLength(100)) }),
    /** Whether the answer becomes a conversation of this device. */
    isKept: v.boolean(),
    /** The model that is to answer, and no other that is chosen meanwhile; null: any. */
    model: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(300))), null),
    body: doorRequest,
  }),
  v.strictObject({ type: v.literal('cancel'), id }),
]);
export type FromServer = v.InferOutput<typeof fromServer>;

export const doorErrorCodes = [
  'busy',
  'bad-input',
  'no-gpu',
  'gpu-lost',
  'host-lost',
  'host-refused',
  'model-failed',
  'model-unknown',
  'context-full',
  'engine-failed',
  'core-retired',
] as const;

/** What the server may be told of a request. `done` or `error` is the last. */
export const answerEvent = v.variant('type', [
  /** 1 is next. */
  v.object({ type: v.literal('queued'), place: count }),
  v.object({ type: v.literal('start'), promptTokens: count }),
  v.object({
    type: v.literal('text'),
    text,
    /** Less than none where a count before turns out too high. */
    tokens: v.pipe(v.number(), v.safeInteger()),
    logprobs: v.optional(v.array(chosenLogprob)),
  }),
  v.object({
    type: v.literal('done'),
    finishReason: v.picklist(['stop', 'length']),
    promptTokens: count,
    completionTokens: count,
  }),
  v.object({
    type: v.literal('error'),
    code: v.picklist(doorErrorCodes),
    message: v.pipe(v.string(), v.maxLength(2_000)),
  }),
]);
export type AnswerEvent = v.InferOutput<typeof answerEvent>;

export const fromCore = v.variant('type', [
  /** What answers here, whenever it changes. `reason`: why nothing can, as a sentence. */
  v.object({
    type: v.literal('status'),
    model: v.nullable(v.pipe(v.string(), v.maxLength(300))),
    isReady: v.boolean(),
    reason: v.nullable(v.pipe(v.string(), v.maxLength(1_000))),
  }),
  v.object({ type: v.literal('event'), id, event: answerEvent }),
]);
export type FromCore = v.InferOutput<typeof fromCore>;

/** Null for whatever is no message of the schema. Never throws. */
export function readDoorMessage<S extends typeof fromServer | typeof fromCore>(
  schema: S,
  data: unknown,
): v.InferOutput<S> | null {
  if (typeof data !== 'string' || data.length > maxDoorMessage) return null;
  try {
    const parsed = v.safeParse(schema, JSON.parse(data));
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}
