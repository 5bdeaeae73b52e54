import * as v from 'valibot';
import { openChatConditions } from '../../shared/conditions.ts';
import type { DoorRequest } from '../../shared/door.ts';
import { ApiError, paramOf } from './api-error.ts';
import { checkForCore } from './check-for-core.ts';
import { unsupportedFields, unsupportedInChats, unsupportedInCompletions } from './unsupported-fields.ts';

/*
 * OpenAI's requests, as far as this door understands them. Fields that change nothing here (`user`, `metadata` and the
 * like) are let by; fields that would change the answer, and that no engine has, are refused by name.
 */

const between = (low: number, high: number) =>
  v.nullish(v.pipe(v.number(), v.minValue(low), v.maxValue(high)));
const whole = (low: number, high: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(low), v.maxValue(high));

const mostChoices = 16;
/** OpenAI's seeds have 64 bits, the core's 53; each choice adds its number to one. */
const seedRange = 2 ** 53 - mostChoices;

const textPart = v.object({ type: v.literal('text', 'Only text is understood here.'), text: v.string() });
const content = v.pipe(
  v.union([v.string(), v.array(textPart)], 'The content must be text.'),
  v.transform((parts) => (typeof parts === 'string' ? parts : parts.map(({ text }) => text).join(''))),
);
const message = v.object({
  role: v.picklist(
    ['system', 'developer', 'user', 'assistant'],
    'Only system, developer, user and assistant speak here.',
  ),
  content,
});

const common = {
  model: v.string(),
  stream: v.nullish(v.boolean()),
  stream_options: v.nullish(v.object({ include_usage: v.nullish(v.boolean()) })),
  n: v.nullish(whole(1, mostChoices)),
  stop: v.nullish(
    v.pipe(
      v.union([v.string(), v.array(v.string())]),
      v.transform((stop) => (typeof stop === 'string' ? [stop] : stop).filter((text) => text !== '')),
      v.maxLength(16),
      v.checkItems((text) => text.length <= 500, 'A text to stop at has at most 500 characters.'),
    ),
  ),
  temperature: between(0, 2),
  top_p: between(0, 1),
  max_tokens: v.nullish(whole(1, 1_000_000)),
  seed: v.nullish(
    v.pipe(
      whole(-(2 ** 63), 2 ** 63),
      v.transform((seed) => seed % seedRange),
    ),
  ),
  frequency_penalty: between(-2, 2),
  presence_penalty: between(-2, 2),
  logit_bias: v.nullish(
    v.record(
      v.pipe(v.string(), v.regex(/^(?:0|[1-9]\d{0,6})$/, 'A token is a number.')),
      v.pipe(v.number(), v.minValue(-100), v.maxValue(100)),
    ),
  ),
  store: v.nullish(v.boolean()),
  ...unsupportedFields,
};

const chatRequest = v.object({
  ...common,
  messages: v.pipe(v.array(message), v.minLength(1), v.maxLength(4_000)),
  max_completion_tokens: v.nullish(whole(1, 1_000_000)),
  logprobs: v.nullish(v.boolean()),
  top_logprobs: v.nullish(whole(0, 20)),
  response_format: v.nullish(
    v.variant('type', [
      v.object({ type: v.literal('text') }),
      v.object({ type: v.literal('json_object') }),
      v.object({
        type: v.literal('json_schema'),
        json_schema: v.object({ schema: v.record(v.string(), v.unknown()) }),
      }),
    ]),
  ),
  /** OpenChat's own. */
  condition: v.nullish(
    v.picklist(
      ['', ...openChatConditions],
      `The conditions are ${openChatConditions.map((name) => `"${name}"`).join(' and ')}.`,
    ),
  ),
  ...unsupportedInChats,
});
type ChatRequest = v.InferOutput<typeof chatRequest>;

const textRequest = v.object({
  ...common,
  prompt: v.pipe(
    v.union(
      [v.string(), v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(16))],
      'The prompt must be text.',
    ),
    v.transform((prompt) => (typeof prompt === 'string' ? [prompt] : prompt)),
  ),
  logprobs: v.nullish(whole(0, 5)),
  echo: v.nullish(v.boolean()),
  best_of: v.nullish(v.literal(1, 'Only as many answers are made as are wanted.')),
  suffix: v.nullish(v.literal('', 'No engine here writes before a suffix.')),
  ...unsupportedInCompletions,
});
type TextRequest = v.InferOutput<typeof textRequest>;

/** What one request wants, in the words of the core. */
export interface Wanted {
  kind: 'chat' | 'text';
  model: string;
  isStream: boolean;
  includesUsage: boolean;
  isKept: boolean;
  /** One for each choice of the answer. */
  bodies: DoorRequest[];
  /** Stands before each choice; empty unless the prompt is to be repeated. */
  echoes: string[];
}

/** JSON that is an object, and nothing else: what OpenAI calls JSON mode. */
const anyObject = '{"type":"object"}';

/** Throws an `ApiError` that names the field. */
function parse<S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const param = paramOf(issue);
  throw new ApiError(400, param === null ? issue.message : `${param}: ${issue.message}`, { param });
}

/** Leaves out what is not said. */
function said<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

type Common = Pick<ChatRequest, keyof typeof common>;

const samplingOf = (request: Common, maxTokens: number | null | undefined) =>
  said({
    temperature: request.temperature,
    topP: request.top_p,
    maxTokens: maxTokens ?? request.max_tokens,
    seed: request.seed,
  });

const optionsOf = (request: Common) =>
  said({
    stop: request.stop,
    frequencyPenalty: request.frequency_penalty,
    presencePenalty: request.presence_penalty,
    logitBias: request.logit_bias,
  });

function head(request: Common) {
  return {
    model: request.model,
    isStream: request.stream ?? false,
    includesUsage: request.stream_options?.include_usage ?? false,
    isKept: request.store ?? false,
  };
}

/** Choices of one seed would all be the same. */
function choices(body: DoorRequest, n: number): DoorRequest[] {
  checkForCore(body);
  const { seed } = body.sampling;
  return Array.from({ length: n }, (_, index) =>
    seed === undefined ? body : { ...body, sampling: { ...body.sampling, seed: seed + index } },
  );
}

function formatOf(format: ChatRequest['response_format']): string | null {
  if (format?.type === 'json_object') return anyObject;
  return format?.type === 'json_schema' ? JSON.stringify(format.json_schema.schema) : null;
}

export function readChatRequest(input: unknown): Wanted {
  const request = parse(chatRequest, input);
  if (request.top_logprobs && !request.logprobs) {
    throw new ApiError(400, 'top_logprobs: It needs logprobs to be true.', { param: 'top_logprobs' });
  }
  const isSystem = ({ role }: { role: string }) => role === 'system' || role === 'developer';
  const system = request.messages
    .filter(isSystem)
    .map((one) => one.content)
    .join('\n\n');
  const spoken = request.messages.filter((one) => !isSystem(one));
  // An answer at the end is one to go on with.
  const last = spoken.at(-1);
  const prefix = last?.role === 'assistant' ? last.content : '';
  const turns = (last?.role === 'assistant' ? spoken.slice(0, -1) : spoken).map(
    ({ role, content: text }) => ({
      role: role === 'assistant' ? ('assistant' as const) : ('user' as const),
      text,
    }),
  );
  if (turns.at(-1)?.role !== 'user') {
    throw new ApiError(400, 'messages: There is no message of a user to answer.', { param: 'messages' });
  }
  const body: DoorRequest = {
    turns,
    prefix,
    condition: request.condition || null,
    sampling: samplingOf(request, request.max_completion_tokens),
    options: {
      ...optionsOf(request),
      ...said({
        system: system === '' ? null : system,
        topLogprobs: request.logprobs ? (request.top_logprobs ?? 0) : null,
        jsonSchema: formatOf(request.response_format),
      }),
    },
  };
  const bodies = choices(body, request.n ?? 1);
  return { kind: 'chat', ...head(request), bodies, echoes: bodies.map(() => '') };
}

export function readTextRequest(input: unknown): Wanted {
  const request: TextRequest = parse(textRequest, input);
  if (request.echo && typeof request.logprobs === 'number') {
    // They would be the answer's alone, at places where the prompt stands.
    throw new ApiError(400, 'logprobs: No engine here tells those of a prompt that is echoed.', {
      param: 'logprobs',
    });
  }
  const n = request.n ?? 1;
  const bodies = request.prompt.flatMap((text) =>
    choices(
      {
        turns: [{ role: 'user', text }],
        prefix: '',
        condition: null,
        // OpenAI's own default for this old kind of request.
        sampling: { maxTokens: 16, ...samplingOf(request, null) },
        options: { ...optionsOf(request), isPlain: true, ...said({ topLogprobs: request.logprobs }) },
      },
      n,
    ),
  );
  const echoes = bodies.map(({ turns }) => (request.echo ? (turns[0]?.text ?? '') : ''));
  return { kind: 'text', ...head(request), bodies, echoes };
}
