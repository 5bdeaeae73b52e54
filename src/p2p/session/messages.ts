import * as v from 'valibot';
import { readUtf8, utf8 } from './bytes.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';

/*
 * The messages inside frames: JSON with a `type`. Schemas first, because the bytes come from another device:
 * strict objects, every string, list and number bounded. What does not fit is dropped and counted.
 */

export const MAX_TEXT = 8192;
const MAX_NUMBER = 10_000_000;

declare const brand: unique symbol;
/** 128 random bits, made by the guest: sending a request again with the same id runs nothing twice. */
export type RequestId = string & { readonly [brand]: 'request' };

const requestId = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{32}$/),
  v.transform((text) => text as RequestId),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_NUMBER));
const name = v.pipe(v.string(), v.maxLength(200));
const between = (low: number, high: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(low), v.maxValue(high));

const turn = v.strictObject({
  role: v.picklist(['user', 'assistant']),
  text: v.pipe(v.string(), v.maxLength(1_000_000)),
});

const sampling = v.strictObject({
  temperature: between(0, 5),
  topP: between(0, 1),
  maxTokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)),
  seed: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(-(2 ** 53)), v.maxValue(2 ** 53))),
});

/** The model that a host has ready, and how it samples unless it is told otherwise. */
const hostModel = v.strictObject({
  id: v.pipe(v.string(), v.maxLength(200)),
  label: name,
  quantization: v.pipe(v.string(), v.maxLength(40)),
  sampling,
});
export type HostModel = v.InferOutput<typeof hostModel>;

/** Why a host has nothing to answer with, other than that its model is not ready yet. */
const hostObstacle = v.picklist(['no-gpu', 'uses-server', 'uses-device']);
export type HostObstacle = v.InferOutput<typeof hostObstacle>;

/** What is to be generated. The same words as the core's `GenerateRequest`, with the model by name. */
export const requestBody = v.strictObject({
  /** Null: whatever the host has ready. */
  model: v.nullable(v.pipe(v.string(), v.maxLength(200))),
  turns: v.pipe(v.array(turn), v.minLength(1), v.maxLength(2_000)),
  prefix: v.pipe(v.string(), v.maxLength(1_000_000)),
  sampling,
});
export type RequestBody = v.InferOutput<typeof requestBody>;

export const usage = v.strictObject({ promptTokens: count, completionTokens: count });
export type Usage = v.InferOutput<typeof usage>;

/** The codes of `AppError` that a host's engine may answer with. */
const engineErrorCodes = [
  'busy',
  'bad-input',
  'no-gpu',
  'gpu-lost',
  'model-failed',
  'model-unknown',
  'context-full',
  'engine-failed',
] as const;
export const engineErrorCode = v.picklist(engineErrorCodes);
export type EngineErrorCode = (typeof engineErrorCodes)[number];

export const denials = [
  'not-approved',
  'prompt-too-long',
  'hourly-limit',
  'bad-request',
  /** Not of this device, or of a life of the host before this one, or too long ago. */
  'unknown-request',
] as const;
export type Denial = (typeof denials)[number];

export const byeReasons = [
  'leaving',
  'revoked',
  'denied',
  'stopped',
  'protocol',
  'flood',
  'overflow',
  'silent',
  'replaced',
] as const;
export type ByeReason = (typeof byeReasons)[number];

const ping = v.strictObject({ type: v.literal('ping') });
const pong = v.strictObject({ type: v.literal('pong') });
const bye = v.strictObject({ type: v.literal('bye'), reason: v.picklist(byeReasons) });

export const fromGuest = v.variant('type', [
  ping,
  pong,
  bye,
  /** First on every link. */
  v.strictObject({ type: v.literal('introduce'), name, platform: name }),
  /** The guest has stored the next secret; the host may forget the ones before. */
  v.strictObject({ type: v.literal('kept') }),
  v.strictObject({ type: v.literal('request'), id: requestId, body: requestBody }),
  /** Entries up to `number` are used up. */
  v.strictObject({ type: v.literal('ack'), id: requestId, number: count }),
  /** Send on this link from now on, beginning after `lastNumber`. */
  v.strictObject({ type: v.literal('resume'), id: requestId, lastNumber: count, acked: count }),
  v.strictObject({ type: v.literal('cancel'), id: requestId }),
]);
export type FromGuest = v.InferOutput<typeof fromGuest>;

/** The numbered entries of a request, from 1 without gaps. `done`, `error` and nothing else ends it. */
const entries = [
  v.strictObject({
    type: v.literal('start'),
    id: requestId,
    number: count,
    /** Index of the oldest turn that fits the context. */
    firstTurn: count,
    promptTokens: count,
  }),
  v.strictObject({
    type: v.literal('text'),
    id: requestId,
    number: count,
    text: v.pipe(v.string(), v.maxLength(MAX_TEXT)),
    tokens: count,
  }),
  v.strictObject({
    type: v.literal('done'),
    id: requestId,
    number: count,
    finishReason: v.picklist(['stop', 'length', 'cancelled']),
    usage,
  }),
  v.strictObject({
    type: v.literal('error'),
    id: requestId,
    number: count,
    code: engineErrorCode,
    message: v.pipe(v.string(), v.maxLength(500)),
  }),
] as const;

export const entry = v.variant('type', [...entries]);
export type EntryMessage = v.InferOutput<typeof entry>;

export const fromHost = v.variant('type', [
  ping,
  pong,
  bye,
  /** How the host is: after every introduction and whenever it changes. */
  v.strictObject({
    type: v.literal('status'),
    name,
    isApproved: v.boolean(),
    isPaused: v.boolean(),
    model: v.nullable(hostModel),
    /** Absent when there is none. */
    obstacle: v.optional(hostObstacle),
    /** Where this host is found from now on; it may change. Not an identity. */
    route: v.pipe(v.string(), v.regex(/^[a-z2-7]{26}$/)),
    running: count,
    waiting: count,
  }),
  /** The request is the host's now. Sent again when its place changes; 0 runs. */
  v.strictObject({ type: v.literal('accept'), id: requestId, place: count, maxTokens: count }),
  v.strictObject({
    type: v.literal('busy'),
    id: requestId,
    reason: v.picklist(['device-full', 'host-full', 'paused']),
  }),
  v.strictObject({
    type: v.literal('deny'),
    id: requestId,
    reason: v.picklist(denials),
    /** When it may be tried again, in seconds; null when it may not. */
    retryAfter: v.nullable(count),
  }),
  ...entries,
]);
export type FromHost = v.InferOutput<typeof fromHost>;
export type BusyReason = Extract<FromHost, { type: 'busy' }>['reason'];

export const encodeMessage = (message: FromGuest | FromHost): Uint8Array => utf8(JSON.stringify(message));

/** Whether a host would read this request at all: one that is too long would cost its link, each time anew. */
export function isSendable(body: RequestBody): boolean {
  const { success, output } = v.safeParse(fromGuest, { type: 'request', id: '0'.repeat(32), body });
  return success && encodeMessage(output).length <= MAX_MESSAGE_BYTES;
}

type Schema = typeof fromGuest | typeof fromHost;

/** One fault is enough: a megabyte has room for half a million of them, each described at length. */
const foreign = { abortEarly: true } as const;

/** Null for whatever is not a message of the schema. Never throws. */
export function readMessage<S extends Schema>(schema: S, bytes: Uint8Array): v.InferOutput<S> | null {
  const text = readUtf8(bytes);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = v.safeParse(schema, value, foreign);
  return parsed.success ? parsed.output : null;
}
