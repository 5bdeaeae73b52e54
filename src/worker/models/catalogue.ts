import type { ModelRecord } from '@mlc-ai/web-llm';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { loadWebLlm } from './web-llm.ts';

/** The models a person can choose from. */
export interface Catalogue {
  /** The choice until a person makes another. */
  readonly builtIn: ModelChoice;
  /** The built-in model first, then web-llm's own list in its order. */
  list(): Promise<ModelChoice[]>;
  find(id: string): Promise<ModelChoice | null>;
}

/** Where the models of a catalogue are to be had, in web-llm's terms. */
export interface ModelSource {
  recordOf(id: string): Promise<ModelRecord | null>;
}

const pocket: ModelChoice = {
  id: 'Pocket-3M-q4f32_1',
  engine: 'webgpu',
  label: 'Pocket',
  quantization: 'q4f32_1',
  builtIn: true,
  // 2 MiB of weights, 8 MiB of KV cache for 2048 tokens, and what its kernels put between each other.
  gpuBytes: 16 * 2 ** 20,
  needsF16: false,
};

/** `appBase` is the folder that the app is served from. */
export function makeCatalogue(appBase: URL): Catalogue & ModelSource {
  // A revision, as in Hugging Face addresses: web-llm takes such a folder as it is, and new files never meet an old cache.
  const pocketFolder = new URL('models/pocket/resolve/1/', appBase);
  const pocketRecord: ModelRecord = {
    model: pocketFolder.href,
    model_id: pocket.id,
    model_lib: new URL('pocket-q4f32_1-ctx2k_cs256-webgpu.wasm', pocketFolder).href,
  };

  return {
    builtIn: pocket,
    list: async () => [pocket, ...(await chatRecords()).map(choiceOf)],

    async find(id) {
      if (id === pocket.id) return pocket;
      const record = await recordIn(chatRecords(), id);
      return record && choiceOf(record);
    },

    recordOf: async (id) => (id === pocket.id ? pocketRecord : recordIn(chatRecords(), id)),
  };
}

const recordIn = async (records: Promise<ModelRecord[]>, id: string): Promise<ModelRecord | null> =>
  (await records).find((record) => record.model_id === id) ?? null;

/** Without those that only embed text or want pictures. */
async function chatRecords(): Promise<ModelRecord[]> {
  const { prebuiltAppConfig, ModelType } = await loadWebLlm();
  return prebuiltAppConfig.model_list.filter(
    ({ model_type }) => model_type === undefined || model_type === ModelType.LLM,
  );
}

/** `Llama-3.2-1B-Instruct-q4f32_1-MLC-1k`: name, quantisation, and what sets it apart from others of the same name. */
const prebuiltId = /^(?<name>.+)-(?<quantization>q\df\d+(?:_\d)?)-MLC(?:-(?<variant>.+))?$/;

function choiceOf(record: ModelRecord): ModelChoice {
  const parts = prebuiltId.exec(record.model_id)?.groups ?? {};
  const { name = record.model_id, quantization = 'unknown', variant } = parts;
  const label = name.replaceAll('-', ' ');
  return {
    id: record.model_id,
    engine: 'webgpu',
    label: variant === undefined ? label : `${label} (${variant} context)`,
    quantization,
    builtIn: false,
    gpuBytes: record.vram_required_MB === undefined ? null : Math.round(record.vram_required_MB * 2 ** 20),
    // web-llm's list does not always say so.
    needsF16: quantization.includes('f16') || (record.required_features?.includes('shader-f16') ?? false),
  };
}
