import type { ModelChoice } from '../shared/engine-state.ts';
import { AppError } from '../shared/errors.ts';
import type { Engine } from './engines/engine.ts';
import type { Catalogue } from './models/catalogue.ts';
import type { Shelf } from './models/shelf.ts';
import type { ModelSlot } from './model-slot.ts';
import type { Store } from './store/store.ts';

export const modelSetting = 'model';

export interface ModelsOptions {
  catalogue: Catalogue;
  slot: ModelSlot;
  engine: Engine;
  store: Store;
  /** Null where all models are at hand. */
  shelf: Pick<Shelf, 'judge' | 'state'> | null;
  /** A model with the figures that it has as a person set it. */
  asSet(model: ModelChoice): Promise<ModelChoice>;
  isBusy(): boolean;
  /** The GPU of paired devices as one more choice; null when none is paired. */
  peerChoice(): ModelChoice | null;
  /** What servers offer. */
  serverChoices(): ModelChoice[];
}

/** Which model answers: what a person chose, or what this device can do. */
export interface Models {
  list(): Promise<ModelChoice[]>;
  find(id: string): Promise<ModelChoice | null>;
  /** Loads the model and keeps it as the choice for later starts. Rejects with an `AbortError` when the load is cancelled. */
  choose(modelId: string): Promise<void>;
  /** Chooses the model that comes with Hearth. Never rejects: a full disk or a missing GPU must not keep another model here. */
  fallBack(): Promise<void>;
  /** Takes up the choice of an earlier start, and gets ready what needs no download. */
  restore(): Promise<void>;
  /** Devices were paired or forgotten, came or went. */
  followPeers(): void;
  /** Servers were added, changed or removed, or offer other models than before. */
  followServers(): void;
  /** Nothing runs and nothing waits: what was chosen during a run takes its place. */
  followIdle(): void;
}

export function makeModels(options: ModelsOptions): Models {
  const { catalogue, slot, engine, store } = options;

  const loadQuietly = (): void => {
    // How it goes stands in the engine's state.
    slot.ensureLoaded().catch(() => {});
  };

  /** A load that came while a run had a model, or waited for one. */
  let isPutOff = false;
  const loadUnlessBusy = (): void => {
    if (options.isBusy()) isPutOff = true;
    else loadQuietly();
  };

  async function find(id: string): Promise<ModelChoice | null> {
    const peer = options.peerChoice();
    if (id === peer?.id) return peer;
    return options.serverChoices().find((choice) => choice.id === id) ?? catalogue.find(id);
  }

  /** Without a GPU here, a paired device is what there is. */
  async function preferred(): Promise<ModelChoice> {
    const peer = options.peerChoice();
    if (peer === null) return catalogue.builtIn;
    const canRunHere = (await engine.missing(catalogue.builtIn)) === null;
    return canRunHere ? catalogue.builtIn : peer;
  }

  return {
    async list() {
      const peer = options.peerChoice();
      const elsewhere = [...(peer === null ? [] : [peer]), ...options.serverChoices()];
      const models = await Promise.all((await catalogue.list()).map((model) => options.asSet(model)));
      const judged = options.shelf ? await options.shelf.judge(models) : models;
      return [...elsewhere, ...judged];
    },

    find,

    async choose(modelId) {
      const model = await find(modelId);
      if (!model) throw new AppError('model-unknown', `There is no model called “${modelId}”.`);
      await store.putSetting(modelSetting, modelId);
      slot.choose(model);
      // A run in progress keeps its model to the end; the next one loads the new choice.
      if (options.isBusy()) return;
      if (model.engine !== 'webgpu') loadQuietly();
      else await slot.ensureLoaded();
    },

    async fallBack() {
      slot.choose(catalogue.builtIn);
      // Unsaved, the next start has the old choice, and fetches nothing of it before somebody asks something.
      await store.putSetting(modelSetting, catalogue.builtIn.id).catch(() => {});
      loadQuietly();
    },

    async restore() {
      const chosen = await store.getSetting(modelSetting);
      // Without the list of other models there are still the conversations, and the model that comes with Hearth.
      const model = chosen === null ? null : await find(chosen).catch(() => null);
      slot.choose(model ?? (await preferred()));
      // Costs no download: have it ready before the first message.
      const isHere = slot.model.builtIn || options.shelf?.state.stored[slot.model.id] !== undefined;
      if (isHere || slot.model.engine !== 'webgpu') loadQuietly();
    },

    followPeers() {
      const peer = options.peerChoice();
      if (slot.model.engine !== 'peer') return;
      if (peer === null) {
        slot.choose(catalogue.builtIn);
        loadUnlessBusy();
      } else {
        if (peer.label !== slot.model.label) slot.choose(peer);
        if (engine.loadedModel === null) loadUnlessBusy();
      }
    },

    followServers() {
      if (slot.model.engine !== 'http') return;
      const choice = options.serverChoices().find(({ id }) => id === slot.model.id);
      // Whom it is sent to stands with the choice; a model that nobody offers now may be back after the next test.
      if (choice) slot.choose(choice);
      else slot.choose({ ...slot.model, sentTo: [] });
    },

    followIdle() {
      const isAnother = engine.loadedModel !== null && engine.loadedModel !== slot.model.id;
      if (isPutOff || isAnother) loadQuietly();
      isPutOff = false;
    },
  };
}
