import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { modelSetting } from '../../../src/worker/model-choice.ts';
import { AppError } from '../../../src/shared/errors.ts';
import { newId, type ConversationId, type MessageId } from '../../../src/shared/ids.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { peerModelId } from '../../../src/worker/devices/peer-engine.ts';
import type { GenerateRequest } from '../../../src/worker/engines/engine.ts';
import type { Catalogue } from '../../../src/worker/models/catalogue.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore, testModel } from '../../support/make-test-core.ts';
import { makeGate } from '../../support/make-gate.ts';
import { watchDisk } from '../store/full-disk.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

/** Loads when it is told to; a cancelled load ends no sooner, like one in the middle of a shader. */
class SlowLoadEngine extends ManualEngine {
  readonly loads: (() => void)[] = [];
  override async load(model: { id: string }, options?: { signal: AbortSignal }): Promise<void> {
    const gate = makeGate();
    this.loads.push(gate.open);
    await gate.passed;
    options?.signal.throwIfAborted();
    await super.load(model);
  }
}

/** Writes one more word after it was stopped, once the gate opens. */
class LingeringEngine extends ManualEngine {
  readonly gate = makeGate();
  override async *generate(request: GenerateRequest, signal: AbortSignal) {
    yield* super.generate(request, signal);
    await this.gate.passed;
    yield { type: 'text', text: 'last', tokens: 1 } as const;
  }
}

let engine: ManualEngine;
let locks: FakeLocks;
let channels: FakeChannels;
let database: string;
let tabs: FakeTab[];

beforeEach(() => {
  engine = new ManualEngine();
  locks = new FakeLocks();
  channels = new FakeChannels();
  database = newId();
  tabs = [];
});

afterEach(() => {
  for (const tab of tabs) tab.close();
});

const startCore = (withEngine = engine, clock = systemClock, catalogue?: Catalogue) =>
  makeTestCore({ engine: withEngine, locks, channels, database, clock, ...(catalogue && { catalogue }) });

async function openTab(core: ReturnType<typeof startCore>['core']): Promise<FakeTab> {
  const tab = await FakeTab.open(core, locks);
  tabs.push(tab);
  return tab;
}

const generations = (count: number, of = engine): Promise<void> =>
  expect.poll(() => of.requests.length).toBe(count);

async function watchAnswer(tab: FakeTab, ids: { conversationId: ConversationId; answerId: MessageId }) {
  const view = await tab.watch(`conversation:${ids.conversationId}`);
  return () => view.state.messages[ids.answerId];
}

describe('core, when things go wrong', () => {
  it('answers a message that was saved by a core that died before it could queue the run', async () => {
    const command = {
      conversationId: newId<ConversationId>(),
      parentId: null,
      messageId: newId<MessageId>(),
      answerId: newId<MessageId>(),
      text: 'Hi',
    };
    const first = startCore();
    await first.core.ready();
    await first.core.library.send(command);
    first.die();

    const { core } = startCore();
    const tab = await openTab(core);
    await tab.api.send(command);
    await generations(1);
    engine.write('Hello');
    engine.finish();
    const answer = await watchAnswer(tab, command);
    await expect.poll(() => answer()).toMatchObject({ text: 'Hello', state: 'done' });
    expect(await core.store.readMessages(command.conversationId)).toHaveLength(2);
  });

  it('gives back a conversation whose answer was still waiting as one to continue', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    await tab.send('holds the line');
    await generations(1);
    const ids = await tab.send('waits');
    await tab.api.remove(ids.conversationId);
    await tab.api.restore(ids.conversationId);
    const answer = await watchAnswer(tab, ids);
    expect(answer()?.state).toBe('interrupted');
    engine.finish();
    await tab.api.continueAnswer({ conversationId: ids.conversationId, messageId: ids.answerId });
    await generations(2);
  });

  it('deletes a conversation on a full disk, at once and for good', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const list = await tab.watch('conversations');
    const ids = await tab.send('Hi');
    await generations(1);
    engine.write('Half an ans');
    const disk = watchDisk();
    disk.isFull = true;
    // Erasing made room.
    const purge = vi.spyOn(core.store, 'purge').mockImplementationOnce(async (id) => {
      await core.store.purge(id);
      disk.isFull = false;
    });
    await tab.api.remove(ids.conversationId);
    await expect.poll(() => list.state.conversations).toEqual({});
    await core.store.flush();
    expect(await core.store.readMessages(ids.conversationId)).toEqual([]);
    purge.mockRestore();
    await expect(tab.api.restore(ids.conversationId)).rejects.toMatchObject({
      code: 'not-found',
      message: 'This conversation is gone for good.',
    });
  });

  it('has deleted a conversation only when nothing writes to it any more', async () => {
    const lingering = new LingeringEngine();
    const { core } = startCore(lingering);
    const tab = await openTab(core);
    const list = await tab.watch('conversations');
    const ids = await tab.send('Hi');
    await generations(1, lingering);
    lingering.write('first ');
    const steps: string[] = [];
    const removing = tab.api.remove(ids.conversationId).then(() => steps.push('removed'));
    await expect.poll(() => Object.keys(list.state.conversations)).toEqual([]);
    steps.push('last word');
    lingering.gate.open();
    await removing;
    expect(steps).toEqual(['last word', 'removed']);
    await tab.api.restore(ids.conversationId);
    const answer = await watchAnswer(tab, ids);
    expect(answer()).toMatchObject({ text: 'first last', state: 'stopped' });
  });

  it('gives back once what two tabs deleted: the answer that one began goes on', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Hi');
    await generations(1);
    engine.finish();
    const first = await watchAnswer(tab, ids);
    await expect.poll(() => first()?.state).toBe('done');
    await tab.api.remove(ids.conversationId);
    await tab.api.restore(ids.conversationId);
    const again = await tab.send('And?', { conversationId: ids.conversationId, parentId: ids.answerId });
    await generations(2);
    engine.write('one ');
    const answer = await watchAnswer(tab, again);
    await expect.poll(() => answer()?.text).toBe('one ');
    await tab.api.restore(ids.conversationId);
    engine.write('two');
    engine.finish();
    await expect.poll(() => answer()).toMatchObject({ text: 'one two', state: 'done' });
    // Not only what this tab heard: what the core holds.
    const late = await watchAnswer(await openTab(core), again);
    expect(late()).toMatchObject({ text: 'one two', state: 'done' });
  });

  it('takes the same deletion twice', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Hi');
    await tab.api.remove(ids.conversationId);
    await expect(tab.api.remove(ids.conversationId)).resolves.toBeUndefined();
  });

  it('never forgets a conversation that a run began to write to while it was being closed', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const { conversationId, answerId } = await tab.send('Hi');
    await generations(1);
    engine.finish();
    await expect.poll(() => core.runs.isBusy()).toBe(false);

    await core.library.open(conversationId);
    const gate = makeGate();
    vi.spyOn(core.store, 'flush').mockReturnValue(gate.passed);
    const closing = core.library.close(conversationId);
    const next = await tab.send('Again', { conversationId, parentId: answerId });
    await generations(2);
    gate.open();
    await closing;
    const early = await watchAnswer(tab, { ...next, conversationId });
    engine.write('text');
    await expect.poll(() => early()?.text).toBe('text');
    const late = await watchAnswer(tab, { ...next, conversationId });
    expect(late()?.text).toBe('text');
  });

  it('keeps no conversation in memory for having been renamed', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const { conversationId } = await tab.send('Hi');
    await generations(1);
    engine.finish();
    await expect.poll(() => core.runs.isBusy()).toBe(false);
    await tab.api.rename(conversationId, 'Another title');
    const read = vi.spyOn(core.store, 'readMessages');
    await core.library.open(conversationId);
    expect(read).toHaveBeenCalledOnce();
  });

  it('opens although an old deletion cannot be carried out', async () => {
    const first = startCore();
    const firstTab = await openTab(first.core);
    const [kept, deleted] = [await firstTab.send('Keep me'), await firstTab.send('Delete me')];
    await firstTab.api.remove(deleted.conversationId);
    first.die();

    const later = { ...systemClock, now: () => Date.now() + 3_600_000 };
    const { core } = startCore(new ManualEngine(), later);
    const purge = vi
      .spyOn(core.store, 'purge')
      .mockRejectedValue(new AppError('storage-full', 'There is no space left to save to.'));
    const list = await (await openTab(core)).watch('conversations');
    expect(Object.keys(list.state.conversations)).toEqual([kept.conversationId]);
    expect(purge).toHaveBeenCalledWith(deleted.conversationId);
  });

  it('a choice that the disk does not take is none: the model that was chosen stays', async () => {
    const other = { ...testModel, id: 'other', label: 'Other' };
    const models = [testModel, other];
    const { core } = startCore(engine, systemClock, {
      builtIn: testModel,
      list: async () => models,
      find: async (id) => models.find((model) => model.id === id) ?? null,
    });
    const tab = await openTab(core);
    const shown = await tab.watch('engine');
    const full = new AppError('storage-full', 'There is no space left to save to.');
    const saving = vi.spyOn(core.store, 'putSetting').mockRejectedValue(full);
    await expect(tab.api.chooseModel('other')).rejects.toMatchObject({ code: 'storage-full' });
    expect(core.slot.model).toBe(testModel);
    expect(shown.state.model).toMatchObject({ id: testModel.id });
    saving.mockRestore();
    await tab.api.chooseModel('other');
    expect(core.slot.model).toBe(other);
  });

  it('starts no watch for a tab that died while it waited', async () => {
    const { core } = startCore();
    const gate = makeGate();
    vi.spyOn(core.store, 'getSetting').mockImplementation(() => gate.passed.then(() => null));
    const tab = await openTab(core);
    const { port1, port2 } = new MessageChannel();
    const heard = new Promise<string>((resolve) => {
      for (const type of ['message', 'close']) port1.addEventListener(type, () => resolve(type));
    });
    port1.start();
    const watching = tab.api.watch('conversations', port2);
    tab.close();
    await expect.poll(() => core.tabs.size).toBe(0);
    gate.open();
    await watching;
    expect(await heard).toBe('close');
    port1.close();
  });

  it('stops a run that waits for its engine’s settings', async () => {
    engine.defaults = () => new Promise(() => {});
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Hi');
    const answer = await watchAnswer(tab, ids);
    await expect.poll(() => answer()?.state).toBe('running');
    await expect.poll(() => engine.loadedModel).not.toBeNull();
    await tab.api.stop({ conversationId: ids.conversationId, messageId: ids.answerId });
    await expect.poll(() => answer()?.state).toBe('stopped');
  });

  it('loads anew for a message that comes while a cancelled load is on its way out', async () => {
    const slow = new SlowLoadEngine();
    const { core } = startCore(slow);
    const tab = await openTab(core);
    await expect.poll(() => slow.loads.length).toBe(1);
    await tab.api.cancelLoad();
    const ids = await tab.send('Hi');
    const answer = await watchAnswer(tab, ids);
    await expect.poll(() => answer()?.state).toBe('running');
    slow.loads[0]?.();
    await expect.poll(() => slow.loads.length).toBe(2);
    slow.loads[1]?.();
    await generations(1, slow);
    slow.finish();
    await expect.poll(() => answer()?.state).toBe('done');
  });

  it('does not call a cancelled load a failure', async () => {
    const slow = new SlowLoadEngine();
    const { core } = startCore(slow);
    const tab = await openTab(core);
    await expect.poll(() => slow.loads.length).toBe(1);
    const choosing = tab.api.chooseModel(testModel.id);
    await expect.poll(() => core.store.getSetting(modelSetting)).toBe(testModel.id);
    await tab.api.cancelLoad();
    slow.loads[0]?.();
    await expect(choosing).resolves.toBeUndefined();
  });

  it.each(['reports', 'is forgotten'])(
    'keeps the load that a run waits for when a device that was chosen meanwhile %s',
    async (event) => {
      const slow = new SlowLoadEngine();
      const other = { ...testModel, id: 'other', builtIn: false };
      const { core } = startCore(slow, systemClock, {
        builtIn: testModel,
        list: async () => [testModel, other],
        find: async (id) => [testModel, other].find((model) => model.id === id) ?? null,
      });
      const tab = await openTab(core);
      await expect.poll(() => slow.loads.length).toBe(1);
      slow.loads[0]?.();
      const choosing = tab.api.chooseModel(other.id);
      await expect.poll(() => slow.loads.length).toBe(2);
      // As the real one, which makes room first.
      await slow.unload();
      const ids = await tab.send('Hi');
      const answer = await watchAnswer(tab, ids);
      await expect.poll(() => answer()?.state).toBe('running');

      const peer = { ...testModel, id: peerModelId, engine: 'peer' as const, builtIn: false };
      const peerChoice = vi.spyOn(core.devices, 'peerChoice').mockReturnValue(peer);
      await tab.api.chooseModel(peer.id);
      if (event === 'is forgotten') peerChoice.mockReturnValue(null);
      core.models.followPeers();
      slow.loads[1]?.();
      await choosing;
      await generations(1, slow);
      slow.finish();
      await expect.poll(() => answer()?.state).toBe('done');
      if (event !== 'is forgotten') return;
      await expect.poll(() => slow.loads.length).toBe(3);
      slow.loads[2]?.();
      await expect.poll(() => slow.loadedModel).toBe(testModel.id);
    },
  );
});
