import * as v from 'valibot';
import type { Conversation, Message } from '../../shared/conversation.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';

/*
 * Stored records, as this version or an older one wrote them. A field that came later has a default here;
 * a record without the fields that make it what it is does not validate.
 */

/** A list that the compiler keeps complete: a code that is missing or too many does not type-check. */
const errorCodes = Object.keys({
  'core-died': true,
  'core-retired': true,
  'protocol-mismatch': true,
  'not-found': true,
  'bad-input': true,
  busy: true,
  'storage-full': true,
  'storage-blocked': true,
  'storage-failed': true,
  'no-gpu': true,
  'gpu-lost': true,
  'model-failed': true,
  'model-unknown': true,
  'context-full': true,
  'engine-failed': true,
  'host-lost': true,
  'host-refused': true,
  'pairing-failed': true,
  'link-failed': true,
} satisfies Record<ErrorCode, true>) as ErrorCode[];

const id = <T extends string>() =>
  v.custom<T>((value) => typeof value === 'string' && value !== '', 'An id is missing.');

const count = v.optional(v.number(), 0);
const measure = v.optional(v.nullable(v.number()), null);

const errorRecord = v.object({
  // A code that was retired since must not cost the message that carries it.
  code: v.fallback(v.picklist(errorCodes), 'engine-failed'),
  message: v.string(),
});

const generationRecord = v.object({
  model: v.string(),
  quantization: v.optional(v.string(), ''),
  temperature: count,
  topP: v.optional(v.number(), 1),
  maxTokens: count,
  seed: measure,
  finishReason: v.optional(v.nullable(v.picklist(['stop', 'length'])), null),
  promptTokens: count,
  completionTokens: count,
  firstTokenMs: measure,
  tokensPerSecond: measure,
  contextFrom: v.optional(v.nullable(id<MessageId>()), null),
  recoveries: count,
  condition: v.exactOptional(v.nullable(v.string())),
  server: v.optional(v.string()),
  isSeamUnsure: v.optional(v.boolean()),
});

export const conversationRecord: v.GenericSchema<unknown, Conversation> = v.object({
  id: id<ConversationId>(),
  title: v.string(),
  renamed: v.optional(v.boolean(), false),
  createdAt: v.number(),
  updatedAt: v.number(),
  leafId: v.optional(v.nullable(id<MessageId>()), null),
  deletedAt: measure,
  condition: v.exactOptional(v.nullable(v.string())),
});

export const messageRecord: v.GenericSchema<unknown, Message> = v.object({
  id: id<MessageId>(),
  conversationId: id<ConversationId>(),
  parentId: v.nullable(id<MessageId>()),
  role: v.picklist(['user', 'assistant']),
  text: v.string(),
  createdAt: v.number(),
  state: v.optional(v.picklist(['done', 'queued', 'running', 'stopped', 'interrupted', 'failed']), 'done'),
  generation: v.optional(v.nullable(generationRecord), null),
  error: v.optional(v.nullable(errorRecord), null),
});

export interface Reading<T> {
  records: T[];
  /** Records that are there and cannot be read. They are left where they are: a later Hearth may read them. */
  unreadable: number;
}

export function readRecords<T>(schema: v.GenericSchema<unknown, T>, stored: readonly unknown[]): Reading<T> {
  const records: T[] = [];
  for (const record of stored) {
    const result = v.safeParse(schema, record);
    if (result.success) records.push(result.output);
  }
  return { records, unreadable: stored.length - records.length };
}
