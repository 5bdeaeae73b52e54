import type { ModelChoice } from '../../../shared/engine-state.ts';

/**
 * What to type in the repository to turn a model's own files into a folder for its library. Null where Hearth's tool
 * does not know the model's template. FOLDER and OUT stand for the person's own.
 */
export function convertCommand({ quantization, about }: ModelChoice): string | null {
  const templates: Record<string, string> = { OpenChat: 'openchat', SmolLM: 'chatml' };
  const template = about && templates[about.family];
  if (!about || !template) return null;
  const options = `--quantization ${quantization} --template ${template} --context ${about.contextTokens}`;
  return `npm run modelc -- convert FOLDER ${options} --output OUT`;
}
