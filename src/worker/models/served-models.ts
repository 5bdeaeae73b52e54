import * as v from 'valibot';
import type { ServedModel } from '../../shared/models-state.ts';

const name = v.pipe(v.string(), v.regex(/^[^/\\]{1,200}$/), v.notValue('..'));
/** A name, or one in a folder. */
const path = v.pipe(v.string(), v.regex(/^(?!\.)[^/\\]{1,200}(?:\/(?!\.)[^/\\]{1,200})?$/));

const answer = v.object({
  type: v.literal('hearth-models'),
  models: v.pipe(
    v.array(v.object({ name, files: v.pipe(v.array(path), v.maxLength(10_000)) })),
    v.maxLength(1000),
  ),
});

/** The folders of models that the app's own server has. None where it is a plain web server, or cannot be asked. */
export async function readServedModels(appBase: URL, fetcher: typeof fetch): Promise<ServedModel[]> {
  const folder = new URL('models/', appBase);
  try {
    const response = await fetcher(folder, { cache: 'no-store' });
    const parsed = v.safeParse(answer, await response.json());
    if (!response.ok || !parsed.success) return [];
    return parsed.output.models.map((model) => ({
      ...model,
      url: new URL(`${encodeURIComponent(model.name)}/`, folder).href,
    }));
  } catch {
    return [];
  }
}
