import * as v from 'valibot';
import type { ServerProblem } from '../../shared/servers-state.ts';
import { errorDetail, parseJson } from './error-detail.ts';
import type { ProxyClient, Target } from './proxy-client.ts';
import { ServerFailure, statusProblem } from './server-failure.ts';

const mostModels = 500;

/** OpenAI's list; Ollama without a model says `null`. */
const list = v.object({
  data: v.nullable(v.array(v.object({ id: v.pipe(v.string(), v.minLength(1), v.maxLength(200)) }))),
});

/** The models that a server offers, each once. Rejects with a `ServerFailure` that says what is wrong with it. */
export async function readModels(
  client: ProxyClient,
  target: Target,
  signal: AbortSignal,
): Promise<string[]> {
  const { origin, host } = new URL(target.url);
  const fail = (kind: ServerProblem['kind'], message: string): never => {
    throw new ServerFailure({ kind, message });
  };
  const { status, contentType, response } = await client.ask(target, 'models', null, signal);
  const text = await response.text();
  const body = parseJson(text);
  if (status < 200 || status > 299) {
    throw new ServerFailure(statusProblem(origin, status, errorDetail(body, target.key)));
  }
  if (contentType.includes('html') || /^\s*<(?:!doctype|html)/i.test(text)) {
    return fail(
      'wrong-path',
      `${host} answers with a web page, not with models. The address often ends in /v1.`,
    );
  }
  const parsed = v.safeParse(list, body);
  if (!parsed.success) {
    return fail('not-compatible', `${host} answers, but not as an OpenAI-compatible server does.`);
  }
  const ids = [...new Set((parsed.output.data ?? []).map(({ id }) => id))].slice(0, mostModels);
  return ids.length > 0 ? ids : fail('no-models', `${host} answers, but offers no model. Load one there.`);
}
