import type { MessageRef } from '../shared/core-api.ts';
import type { ConversationId, MessageId, TabId } from '../shared/ids.ts';
import { newId, type BootId } from '../shared/ids.ts';
import { coreLifeLock } from '../shared/lock-names.ts';
import { AppError } from '../shared/errors.ts';
import type { ModelChoice } from '../shared/engine-state.ts';
import type { ModelSettings } from '../shared/model-settings.ts';
import type { ModelsState } from '../shared/models-state.ts';
import type { CoreState, StorageState, TopicName } from '../shared/topics.ts';
import type { Clock } from './clock.ts';
import { makeArchive } from './archive/archive.ts';
import { makeEnginePanel } from './engine-panel.ts';
import type { Engine } from './engines/engine.ts';
import { makeDevices, type DevicePlatform } from './devices/devices.ts';
import { peerModelId } from './devices/peer-engine.ts';
import { makeDoor } from './door/door.ts';
import { applySettings } from './engines/apply-settings.ts';
import { makeEngineSwitch } from './engines/engine-switch.ts';
import { makeHttpEngine } from './engines/http/http-engine.ts';
import { makeIdleUnload } from './idle-unload.ts';
import { Library } from './library.ts';
import { makeModels } from './model-choice.ts';
import { makeModelSlot } from './model-slot.ts';
import type { Catalogue } from './models/catalogue.ts';
import { makeModelSettings } from './models/model-settings.ts';
import { makeShelf, type ModelPlatform } from './models/shelf.ts';
import { answerRun } from './runs/answer-run.ts';
import { measureContext } from './runs/measure-context.ts';
import { makeDeviceRuns } from './runs/device-run.ts';
import { makeOutsideRuns } from './runs/outside-run.ts';
import { makeRunLoop } from './runs/run-loop.ts';
import type { OpenStore } from './store/store.ts';
import { makeProxyClient } from './servers/proxy-client.ts';
import { makeServers } from './servers/servers.ts';
import { makeSuccession, type Channel } from './succession.ts';
import { makeTabs, type Locks } from './tabs.ts';
import { makeTuneModel } from './tune-model.ts';
import { makeWarmUp } from './warm-up.ts';
import { makeWatchHub, type WatchPort } from './watch-hub.ts';

/** Everything the core needs of its platform, so that a whole core runs in a test with many fake tabs. */
export interface CoreOptions {
  buildId: string;
  /** Null on insecure origins. */
  locks: Locks | null;
  openChannel(name: string): Channel;
  clock: Clock;
  openStore: OpenStore;
  /** This device's own GPU. */
  engine: Engine;
  devices: DevicePlatform;
  catalogue: Catalogue;
  /** Where the files of models are kept; absent where all models are at hand. */
  models?: ModelPlatform;
}

export type Core = ReturnType<typeof makeCore>;

const noModels: ModelsState = { downloads: [], stored: {}, listRevision: 0 };

const conversationPrefix = 'conversation:';

/** All state and rules of Hearth, composed. One per SharedWorker; see `succession.ts` for one per origin. */
export function makeCore(options: CoreOptions) {
  const { buildId, locks, clock, catalogue } = options;
  const bootId = newId<BootId>();
  let coreState: CoreState = { phase: 'opening', reason: null };
  let storageState: StorageState = { status: 'opening', error: null, unsaved: 0 };

  const hub = makeWatchHub((topic) => {
    if (topic.startsWith(conversationPrefix)) {
      void library.close(topic.slice(conversationPrefix.length) as ConversationId);
    }
  });
  const setCore = (next: CoreState): void => {
    coreState = next;
    hub.publish('core', { type: 'core', state: next });
  };

  const store = options.openStore({
    clock,
    onState(state) {
      storageState = state;
      hub.publish('storage', { type: 'storage', state });
    },
  });
  const isActive = (id: MessageId): boolean => runs.isActive(id);
  const library = new Library({ store, hub, clock, isActive });
  const archive = makeArchive(library, store);
  const devices = makeDevices({
    ...options.devices,
    store,
    clock,
    defaults: (model) => engine.defaults(model),
    generate: (body, signal, device) => generateForDevice(body, signal, device),
    onChange(state) {
      hub.publish('devices', { type: 'devices', state });
      door.followServer(state.server);
    },
    onHosts: () => models.followPeers(),
    onPaired: () => void models.choose(peerModelId).catch(() => {}),
  });
  const door = makeDoor({
    base: options.devices.appBase,
    clock,
    openSocket: options.devices.openSocket,
    run: (request, signal) => outsideRun(request, signal),
    settings: store,
    chooseModel: (id) => models.choose(id),
    keep: (answer) => library.keep(answer),
  });
  const client = makeProxyClient({ ...options.devices, bases: () => servers.bases });
  const servers = makeServers({
    store,
    clock,
    client,
    appBase: options.devices.appBase,
    onChange(state) {
      hub.publish('servers', { type: 'servers', state });
      models.followServers();
    },
  });
  const panel = makeEnginePanel((state) => {
    hub.publish('engine', { type: 'engine', state });
    devices.followEngine(state);
    door.followEngine(state);
    idle.follow(state);
    warmUp.follow(state);
  });
  const idle = makeIdleUnload({
    clock,
    store,
    panel,
    isBusy: () => runs.isBusy(),
    unload: () => slot.unload(),
  });
  const settings = makeModelSettings(store);
  const engines = makeEngineSwitch({
    webgpu: options.engine,
    peer: devices.engine,
    http: makeHttpEngine({ servers, client, clock }),
  });
  const engine = applySettings(engines, (modelId) => settings.of(modelId));
  const shelf = options.models
    ? makeShelf({
        platform: options.models,
        clock,
        settings: store,
        onChange: (state) => hub.publish('models', { type: 'models', state }),
        release: (modelId, sharers) => releaseModel(modelId, sharers),
      })
    : null;
  const warmUp = makeWarmUp({
    engine,
    model: () => slot.model,
    panel,
    library,
    isBusy: () => runs.isBusy(),
  });
  const slot = makeModelSlot(engine, panel, catalogue.builtIn, shelf);
  const runs = makeRunLoop(panel);
  const outsideRun = makeOutsideRuns({ engine, slot, panel, loop: runs });
  const generateForDevice = makeDeviceRuns(outsideRun);
  const isLoaded = (modelId: string): boolean =>
    engine.loadedModel === modelId || slot.loadingModel === modelId;
  const tuning = makeTuneModel({
    engines,
    book: settings,
    isLoaded,
    isBusy: () => runs.isBusy(),
    async onChange(model, isAnother) {
      if (model.id === slot.model.id) devices.followSettings(panel.state);
      if (!isAnother.context) return;
      shelf?.relist();
      if (isLoaded(model.id)) await reload(model.id);
    },
  });
  /** Loaded for another context than it is set to now. */
  let outgrown: string | null = null;
  /** Now, or after the run that began while the settings were saved. */
  async function reload(modelId: string): Promise<void> {
    if (runs.isBusy()) {
      outgrown = modelId;
      return;
    }
    await slot.unload();
    // How that goes stands in the engine's state.
    slot.ensureLoaded().catch(() => {});
  }
  const models = makeModels({
    catalogue,
    slot,
    engine,
    store,
    shelf,
    asSet: (model) => tuning.asSet(model),
    isBusy: () => runs.isBusy(),
    peerChoice: () => devices.peerChoice(),
    serverChoices: () => servers.choices(),
  });
  async function known(modelId: string): Promise<ModelChoice> {
    const model = await models.find(modelId);
    if (!model) throw new AppError('model-unknown', `There is no model called “${modelId}”.`);
    return model;
  }
  /** The files of a model on the GPU cannot go while it answers; at rest it gives way to the one that comes with Hearth. */
  async function releaseModel(modelId: string, sharers: string[]): Promise<void> {
    const inUse = sharers.find((id) => slot.model.id === id || isLoaded(id));
    if (inUse !== undefined) {
      const label = (await models.find(inUse))?.label ?? inUse;
      const message = `${label} has the same files and is in use. Choose another model first, or remove that one.`;
      throw new AppError('busy', message);
    }
    const isChosen = slot.model.id === modelId;
    // Another one may be chosen while this one is still on its way.
    if (!isChosen && slot.loadingModel !== modelId) return;
    if (runs.isBusy()) throw new AppError('busy', 'An answer is being written. Stop it first.');
    // The other one is chosen while this one goes: what a tab asks meanwhile waits, and is answered by that one.
    await Promise.all([slot.unload(), isChosen && models.fallBack()]);
  }
  runs.onIdle(() => {
    const modelId = outgrown;
    outgrown = null;
    if (modelId !== null && isLoaded(modelId)) reload(modelId).catch(() => {});
    else models.followIdle();
  });
  const tabs = makeTabs(locks, (tabId) => {
    hub.dropTab(tabId);
    devices.dropTab(tabId);
  });

  const succession = makeSuccession({
    buildId,
    locks,
    openChannel: (name) => options.openChannel(name),
    async onRetire(reason, forced) {
      setCore({ phase: 'retired', reason });
      devices.retire(forced);
      const drained = runs.drain();
      if (forced) await runs.stopAll('interrupted');
      await drained;
      door.close();
      idle.close();
      devices.close();
      // Each lets go whatever becomes of the other: an engine that fails must not keep the database.
      await shelf?.close();
      // What a full disk did not take is nowhere but here: the successor waits for it, unless a person insists.
      const saved = forced ? Promise.resolve() : store.untilSaved();
      await Promise.allSettled([slot.close(), saved.then(() => store.close())]);
    },
  });

  // Held for the life of this worker; tabs queue for it and learn of its death.
  if (locks) void locks.request(coreLifeLock(bootId), () => new Promise(() => {}));

  const isRetired = (): boolean => coreState.phase === 'retired';
  /** The way into office, in this order. */
  const steps: (() => void | Promise<void>)[] = [
    () => succession.takeOffice(() => setCore({ phase: 'waiting', reason: null })),
    () => setCore({ phase: 'opening', reason: null }),
    () => store.open(),
    () => library.load(),
    () => settings.open(),
    () => idle.open(),
    () => devices.open(),
    () => shelf?.open(),
    () => servers.open(),
    () => models.restore(),
    () => setCore({ phase: 'open', reason: null }),
    () => door.open(),
  ];
  let stepsDone = 0;
  let opening: Promise<void> | null = null;
  let noteOpened = (): void => {};
  /** Resolves with the first opening that succeeds. */
  const onceOpened = new Promise<void>((resolve) => (noteOpened = resolve));
  async function open(): Promise<void> {
    // A successor may speak up in between.
    for (let step = steps[stepsDone]; step && !isRetired(); step = steps[stepsDone]) {
      await step();
      stepsDone += 1;
    }
    noteOpened();
  }
  /** A step that failed, for want of space or of a disk that answers, is tried again by the next who needs the core. */
  function opened(): Promise<void> {
    opening ??= open().catch((error: unknown) => {
      opening = null;
      throw error;
    });
    return opening;
  }
  // Each command reports a failed opening to its tab; the storage topic shows it.
  opened().catch(() => {});

  /** Waits until commands make sense. */
  async function ready(): Promise<void> {
    await opened();
    if (isRetired()) {
      throw new AppError('core-retired', 'Hearth has moved on to a newer version. Reload this tab.');
    }
  }

  async function watch(topic: TopicName, tabId: TabId, port: WatchPort): Promise<void> {
    if (topic === 'core') return hub.watch(topic, tabId, port, () => coreState);
    if (topic === 'storage') return hub.watch(topic, tabId, port, () => storageState);
    if (topic === 'devices') return hub.watch(topic, tabId, port, () => devices.state);
    if (topic === 'servers') return hub.watch(topic, tabId, port, () => servers.state);
    if (topic === 'engine') return hub.watch(topic, tabId, port, () => panel.state);
    if (topic === 'models') return hub.watch(topic, tabId, port, () => shelf?.state ?? noModels);
    opened().catch(() => {});
    await onceOpened;
    if (topic === 'conversations') {
      return tabs.has(tabId) ? hub.watch(topic, tabId, port, () => library.conversations) : port.close();
    }
    const id = topic.slice(conversationPrefix.length) as ConversationId;
    const state = await library.open(id);
    warmUp.opened(id);
    if (tabs.has(tabId)) return hub.watch(topic, tabId, port, () => state);
    // The tab died meanwhile: nothing would ever end this watch.
    port.close();
    await library.close(id);
  }

  return {
    bootId,
    buildId,
    /** As `ready`, for what a person may still do while the last answers are finished for a newer version. */
    opened,
    tabs,
    library,
    archive,
    runs,
    slot,
    store,
    models,
    shelf,
    devices,
    servers,
    succession,
    ready,
    watch,
    knownModel: known,
    setIdleMinutes: (minutes: number | null) => idle.setMinutes(minutes),
    readModelSettings: async (modelId: string) => tuning.read(await known(modelId)),
    setModelSettings: async (modelId: string, next: ModelSettings) => tuning.set(await known(modelId), next),
    measure: (id: ConversationId | null, leafId: MessageId | null, text: string) =>
      measureContext({ engine, slot, library }, id, leafId, text),
    /** Queues an answer that the library has taken. */
    enqueue(ref: MessageRef, tabId: TabId): void {
      runs.enqueue(answerRun({ engine, slot, library, panel, clock }, ref, tabId));
    },
  };
}
