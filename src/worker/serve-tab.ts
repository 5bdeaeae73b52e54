import * as v from 'valibot';
import type { CoreApi } from '../shared/core-api.ts';
import type { FramePort } from '../p2p/link/port-link.ts';
import { protocolVersion } from '../shared/core-api.ts';
import { AppError, isAbort } from '../shared/errors.ts';
import type { TabId } from '../shared/ids.ts';
import { ModelSettings } from '../shared/model-settings.ts';
import type { Core } from './core.ts';
import type { Shelf } from './models/shelf.ts';

/** A load that a person cancelled did what they wanted. */
function unlessCancelled(error: unknown): void {
  if (!isAbort(error)) throw error;
}

/**
 * The core as one tab sees it. Every port gets an object of its own, frozen: Comlink honours remote assignment, and a
 * shared object would let one tab rewrite a method for all.
 */
export function serveTab(core: Core): CoreApi {
  let tab: TabId | null = null;
  /** Ends what this tab adds. */
  let adding = new AbortController();

  const known = (): TabId => {
    if (tab === null) throw new AppError('protocol-mismatch', 'A tab must say hello first.');
    return tab;
  };
  const files = (): Shelf => {
    if (!core.shelf) throw new AppError('model-failed', 'This Hearth keeps no models.');
    return core.shelf;
  };
  /** Runs a command once the core is open, for a tab that said hello. */
  const whenReady = async <T>(work: (tabId: TabId) => T | Promise<T>): Promise<T> => {
    const tabId = known();
    await core.ready();
    return work(tabId);
  };

  /** As `whenReady`, but also while the last answers are finished for a newer version: what ends something is obeyed until then. */
  const whenOpened = async <T>(work: () => T | Promise<T>): Promise<T> => {
    known();
    await core.opened();
    return work();
  };

  return Object.freeze({
    async hello({ protocol, buildId, tabId }) {
      if (protocol !== protocolVersion || buildId !== core.buildId) {
        throw new AppError('protocol-mismatch', 'Another version of Hearth is running. Reload this tab.');
      }
      tab = tabId;
      core.tabs.add(tabId);
      return { bootId: core.bootId, buildId: core.buildId };
    },

    async alive() {},

    watch: async (topic, port) => core.watch(topic, known(), port),

    send: (command) =>
      whenReady(async (tabId) => {
        const { conversationId, answerId: messageId } = command;
        if (await core.library.send(command)) core.enqueue({ conversationId, messageId }, tabId);
      }),
    regenerate: (command) =>
      whenReady(async (tabId) => {
        const { conversationId, answerId: messageId } = command;
        if (await core.library.regenerate(command)) core.enqueue({ conversationId, messageId }, tabId);
      }),
    continueAnswer: (ref) =>
      whenReady(async (tabId) => {
        if (await core.library.requeue(ref)) core.enqueue(ref, tabId);
      }),
    stop: ({ messageId }) => whenOpened(() => core.runs.stop(messageId, 'stopped')),
    showBranch: (ref) => whenReady(() => core.library.showBranch(ref)),

    measure: (conversationId, leafId, text) => whenReady(() => core.measure(conversationId, leafId, text)),
    setCondition: (id, condition) => whenReady(() => core.library.setCondition(id, condition)),
    rename: (id, title) => whenReady(() => core.library.rename(id, title)),
    remove: (id) =>
      whenReady(async () => {
        const isErased = await core.library.remove(id);
        await core.runs.stopConversation(id);
        // What its answer wrote to the end has no conversation any more.
        if (isErased) await core.store.purge(id);
      }),
    restore: (id) => whenReady(() => core.library.restore(id)),
    search: (query) => whenReady(() => core.library.search(query)),
    saveArchive: () => whenReady(() => core.archive.save()),
    addArchive: (file) =>
      whenReady(() => {
        if (!(file instanceof Blob)) throw new AppError('bad-input', 'That is no file.');
        return core.archive.add(file);
      }),
    writeMarkdown: (id) => whenReady(() => core.archive.writeMarkdown(id)),

    listModels: () => whenReady(() => core.models.list()),
    chooseModel: (modelId) => whenReady(() => core.models.choose(modelId)).catch(unlessCancelled),
    cancelLoad: () => whenOpened(() => core.slot.cancel()),
    setIdleMinutes: (minutes) => whenReady(() => core.setIdleMinutes(minutes)),
    readModelSettings: (modelId) => whenReady(() => core.readModelSettings(modelId)),
    setModelSettings: (modelId, settings) =>
      whenReady(() => {
        const parsed = v.safeParse(ModelSettings, settings);
        if (!parsed.success) throw new AppError('bad-input', 'No model can be set to that.');
        return core.setModelSettings(modelId, parsed.output);
      }),
    unload: () =>
      whenReady(async () => {
        if (core.runs.isBusy()) throw new AppError('busy', 'An answer is being written. Stop it first.');
        await core.slot.unload();
      }),
    downloadModel: (modelId) =>
      whenReady(async () => {
        files().download(await core.knownModel(modelId));
      }),
    pauseDownload: (modelId) => whenOpened(() => files().pause(modelId)),
    removeModel: (modelId) => whenReady(() => files().remove(modelId)),
    verifyModel: (modelId) => whenReady(() => files().verify(modelId)),
    listServedModels: () => whenReady(() => files().listServed()),
    addModel: (offer) =>
      whenReady(() => files().add(offer, adding.signal)).catch((error: unknown) => {
        unlessCancelled(error);
        return null;
      }),
    async cancelAdding() {
      adding.abort();
      adding = new AbortController();
    },
    listModelFiles: (modelId) => whenReady(() => files().listFiles(modelId)),
    offerGateway: async (port) => core.devices.offerGateway(known(), port as unknown as FramePort),
    setDeviceName: (name) => whenReady(() => core.devices.setName(name)),
    setRelayOnly: (isRelayOnly) => whenReady(() => core.devices.setRelayOnly(isRelayOnly)),
    setSignallingUrl: (url) => whenReady(() => core.devices.setSignallingUrl(url)),
    openPairing: () => whenReady(() => core.devices.sharing.openPairing()),
    closePairing: () => whenReady(() => core.devices.sharing.closePairing()),
    decideApproval: (id, approval) => whenReady(() => core.devices.sharing.decideApproval(id, approval)),
    dismissWarning: () => whenReady(() => core.devices.sharing.dismissWarning()),
    pauseSharing: (isPaused) => whenOpened(() => core.devices.sharing.pause(isPaused)),
    stopSharing: () => whenOpened(() => core.devices.sharing.stopNow()),
    renameGuest: (id, name) => whenReady(() => core.devices.sharing.rename(id, name)),
    setPolicy: (id, policy) => whenOpened(() => core.devices.sharing.setPolicy(id, policy)),
    revoke: (id) => whenOpened(() => core.devices.sharing.revoke(id)),
    revokeAll: () => whenOpened(() => core.devices.sharing.revokeAll()),
    pair: (offer) => whenReady(() => core.devices.pair(offer)),
    forgetHost: (id) => whenReady(() => core.devices.hosts.forget(id)),
    reconnect: () => whenReady(() => core.devices.reconnect()),
    addServer: (server) => whenReady(() => core.servers.add(server)),
    changeServer: (id, server) => whenReady(() => core.servers.change(id, server)),
    removeServer: (id) => whenReady(() => core.servers.remove(id)),
    testServer: (id) => whenReady(async () => void (await core.servers.test(id))),

    takeOver: async () => core.succession.force(),
  } satisfies CoreApi);
}
