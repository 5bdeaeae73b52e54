import type { ModelRecord } from '@mlc-ai/web-llm';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { aboutWeb } from './about-web.ts';
import { folderOf, type ModelFiles } from './model-files.ts';
import { ourModels } from './our-models.ts';
import { choiceOfOwn, filesOfOwn, ownHost, type OwnModel } from './own-model.ts';
import { loadWebLlm } from './web-llm.ts';

/** The models a person can choose from. */
export interface Catalogue {
  /** The choice until a person makes another. */
  readonly builtIn: ModelChoice;
  /** The built-in model first, then a person's own, those that Hearth has libraries for, and web-llm's list in its order. */
  list(): Promise<ModelChoice[]>;
  find(id: string): Promise<ModelChoice | null>;
}

/** Where the models of a catalogue are to be had. */
export interface ModelSource {
  /** In web-llm's terms. */
  recordOf(id: string): Promise<ModelRecord | null>;
  filesOf(id: string): Promise<ModelFiles | null>;
  /** The models whose files lie in one of these folders, by their addresses in web-llm's stores. */
  idsIn(folders: readonly string[]): Promise<string[]>;
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
  about: {
    family: 'Pocket',
    source: 'built-in',
    downloadBytes: 0,
    largestBufferBytes: 2 ** 22,
    contextTokens: 2048,
    licence: 'Apache-2.0',
    limits: ['It is tiny: it can greet, remember a name and write short texts, and knows little else.'],
    origin: 'Hearth itself',
  },
};

export interface CatalogueParts extends Catalogue, ModelSource {
  /** A person's own models from now on. */
  setOwn(models: OwnModel[]): void;
}

/** `appBase` is the folder that the app is served from. */
export function makeCatalogue(appBase: URL): CatalogueParts {
  let own: OwnModel[] = [];
  // A revision, as in Hugging Face addresses: web-llm takes such a folder as it is, and new files never meet an old cache.
  const pocketFolder = new URL('models/pocket/resolve/9/', appBase);
  const pocketRecord: ModelRecord = {
    model: pocketFolder.href,
    model_id: pocket.id,
    model_lib: new URL('pocket-q4f32_1-ctx2k_cs256-webgpu.wasm', pocketFolder).href,
  };

  const atHand = (): ModelChoice[] => [pocket, ...own.map(choiceOfOwn), ...ourModels];

  async function filesOf(id: string): Promise<ModelFiles | null> {
    const mine = own.find((model) => model.id === id);
    if (mine) return filesOfOwn(mine);
    if (ourModels.some((model) => model.id === id)) return null;
    const record = id === pocket.id ? pocketRecord : await recordIn(chatRecords(), id);
    if (!record) return null;
    const folder = folderOf(record);
    return {
      record,
      urlOf: (name) => new URL(name, folder).href,
      libraryUrl: record.model_lib,
      texts: {},
      librarySha256: null,
    };
  }

  return {
    builtIn: pocket,
    list: async () => [...atHand(), ...(await chatRecords()).map(choiceOf)],

    async find(id) {
      const known = atHand().find((model) => model.id === id);
      if (known) return known;
      const record = await recordIn(chatRecords(), id);
      return record && choiceOf(record);
    },

    recordOf: async (id) => (await filesOf(id))?.record ?? null,
    filesOf,

    async idsIn(folders) {
      const here = own.filter((model) => folders.includes(folderOf(filesOfOwn(model).record).href));
      // web-llm is large: its list is not needed where nothing of it can be stored.
      const isElsewhere = folders.some(
        (folder) => !folder.startsWith(appBase.href) && !folder.startsWith(ownHost),
      );
      const records = isElsewhere ? await chatRecords() : [];
      return [
        ...here.map(({ id }) => id),
        ...records.filter((record) => folders.includes(folderOf(record).href)).map(({ model_id: id }) => id),
      ];
    },

    setOwn: (models) => void (own = models),
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
    about: aboutWeb(record, name, quantization),
  };
}
