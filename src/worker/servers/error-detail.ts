import * as v from 'valibot';

const text = v.pipe(v.string(), v.trim(), v.minLength(1));

/** The shapes in which servers say what went wrong: OpenAI's, vLLM's older one, FastAPI's two, and a bare string. */
const shapes = v.union([
  v.pipe(
    v.object({ error: v.object({ message: text }) }),
    v.transform(({ error }) => error.message),
  ),
  v.pipe(
    v.object({ error: text }),
    v.transform(({ error }) => error),
  ),
  v.pipe(
    v.object({ message: text }),
    v.transform(({ message }) => message),
  ),
  v.pipe(
    v.object({ detail: text }),
    v.transform(({ detail }) => detail),
  ),
  v.pipe(
    v.object({ detail: v.array(v.object({ msg: text, loc: v.optional(v.array(v.unknown()), []) })) }),
    v.transform(({ detail }) => detail.map(({ msg, loc }) => `${loc.join('.')}: ${msg}`).join('; ')),
  ),
]);

const longest = 300;

/** The server's own sentence, cut to a length for people; null when it has none. A key that it repeats is blotted out. */
export function errorDetail(body: unknown, key: string): string | null {
  const parsed = v.safeParse(shapes, body);
  if (!parsed.success) return null;
  const plain = key === '' ? parsed.output : parsed.output.replaceAll(key, '…');
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain;
}

export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return undefined;
  }
}
