import * as v from 'valibot';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { configName, type ModelFiles } from './model-files.ts';

const text = v.pipe(v.string(), v.minLength(1, 'must not be empty'));
const bytes = v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0));

/** A model that a person added, as it is kept. */
export const OwnModel = v.object({
  id: v.pipe(text, v.regex(/^own-[\w.-]+$/)),
  label: text,
  quantization: text,
  /** The address of its folder; null when its files were brought from a disk and are in this browser only. */
  base: v.nullable(v.pipe(v.string(), v.url())),
  /** Files that have another name in the folder than web-llm asks for, or lie elsewhere: addresses, relative to the folder. */
  addresses: v.record(v.string(), v.string()),
  /** The checked mlc-chat-config.json. */
  config: text,
  /** The library: an address, or a name in the folder. */
  library: text,
  librarySha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  gpuBytes: bytes,
  downloadBytes: bytes,
  largestBufferBytes: bytes,
  contextTokens: v.pipe(v.number(), v.integer(), v.minValue(1)),
  needsF16: v.boolean(),
  conditions: v.array(v.string()),
  limits: v.array(v.string()),
  family: text,
  origin: v.string(),
});
export type OwnModel = v.InferOutput<typeof OwnModel>;

/** Those of a kept list, and what of it cannot be read: it hides no other, and may be a newer Hearth's. */
export function readOwnModels(kept: string | null): { models: OwnModel[]; unread: unknown[] } {
  const list = v.safeParse(v.pipe(v.string(), v.parseJson(), v.array(v.unknown())), kept);
  const all = list.success ? list.output : [];
  return {
    models: all.filter((model) => v.is(OwnModel, model)),
    unread: all.filter((model) => !v.is(OwnModel, model)),
  };
}

/**
 * Where web-llm looks for them: addresses that no server has, so that only what is stored is found. Not the app's own: from a
 * `localhost` web-llm fetches libraries each time and never looks into its store.
 */
export const ownHost = 'https://own.invalid/';

export function filesOfOwn(model: OwnModel): ModelFiles {
  const folder = `${ownHost}${model.id}/resolve/1/`;
  const base = model.base ?? folder;
  return {
    record: {
      model: folder,
      model_id: model.id,
      model_lib: `${folder}${model.librarySha256}.wasm`,
    },
    urlOf: (name) => new URL(model.addresses[name] ?? name, base).href,
    libraryUrl: new URL(model.library, base).href,
    texts: { [configName]: model.config },
    librarySha256: model.librarySha256,
  };
}

export const choiceOfOwn = (model: OwnModel): ModelChoice => ({
  id: model.id,
  engine: 'webgpu',
  label: model.label,
  quantization: model.quantization,
  builtIn: false,
  gpuBytes: model.gpuBytes,
  needsF16: model.needsF16,
  conditions: model.conditions,
  about: {
    family: model.family,
    source: 'own',
    downloadBytes: model.downloadBytes,
    largestBufferBytes: model.largestBufferBytes,
    contextTokens: model.contextTokens,
    licence: null,
    limits: model.limits,
    origin: model.origin,
  },
});
