import * as v from 'valibot';
import type { DevicePolicy } from '../../shared/devices-state.ts';
import { AppError } from '../../shared/errors.ts';

function whole(what: string, least: number, most: number) {
  const sentence = `${what}: a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}.`;
  return v.pipe(
    v.number(sentence),
    v.integer(sentence),
    v.minValue(least, sentence),
    v.maxValue(most, sentence),
  );
}

/** The bounds keep a slip of the finger from shutting a device out, or from letting it have the GPU for days. */
const devicePolicy = v.strictObject({
  isPaused: v.boolean(),
  running: whole('Requests at once', 1, 4),
  waiting: whole('Requests that may wait', 0, 20),
  promptChars: whole('Characters in one prompt', 100, 1_000_000),
  maxTokens: whole('Tokens in one answer', 1, 100_000),
  tokensPerHour: whole('Tokens in an hour', 1, 10_000_000),
}) satisfies v.GenericSchema<DevicePolicy>;

/** Limits as the person typed them. Throws `bad-input` with a sentence about the first that cannot be. */
export function checkPolicy(policy: unknown): DevicePolicy {
  const parsed = v.safeParse(devicePolicy, policy);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new AppError('bad-input', issue.message, { cause: new v.ValiError(parsed.issues) });
}
