import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { newId, type ConversationId, type DeviceId, type MessageId } from '../../../src/shared/ids.ts';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore, testModel } from '../../support/make-test-core.ts';
import { makeGate } from '../../support/make-gate.ts';
import { ManualEngine } from '../../support/manual-engine.ts';
import { watchDisk } from '../store/full-disk.ts';

let locks: FakeLocks;
let channels: FakeChannels;
let database: string;

beforeEach(() => {
  locks = new FakeLocks();
  channels = new FakeChannels();
  database = newId();
});

function start(buildId = 'build-1') {
  const engine = new ManualEngine();
  return { engine, ...makeTestCore({ engine, locks, channels, database, buildId }) };
}
type Started = ReturnType<typeof start>;

const openTab = ({ core }: Started): Promise<FakeTab> => FakeTab.open(core, locks, core.buildId);

describe('succession', () => {
  it('never opens a core that gave way while it was opening', async () => {
    const old = start('build-1');
    const gate = makeGate();
    const settings = vi
      .spyOn(old.core.store, 'getSetting')
      .mockImplementation(() => gate.passed.then(() => null));
    await expect.poll(() => settings.mock.calls.length).toBe(1);
    const next = start('build-2');
    await next.core.ready();
    gate.open();
    await expect(old.core.ready()).rejects.toMatchObject({ code: 'core-retired' });
    const view = await (await openTab(old)).watch('core');
    expect(view.state.phase).toBe('retired');
    expect(old.engine.loadedModel).toBeNull();
  });

  it('loads no model any more once another core has the GPU', async () => {
    const old = start('build-1');
    const tab = await openTab(old);
    await old.core.ready();
    const gate = makeGate();
    vi.spyOn(old.core.store, 'putSetting').mockReturnValue(gate.passed);
    const choosing = tab.api.chooseModel(testModel.id);
    const next = start('build-2');
    await next.core.ready();
    gate.open();
    await expect(choosing).rejects.toMatchObject({ code: 'core-retired' });
    expect(old.engine.loadedModel).toBeNull();
  });

  it('lets go of the database even if the engine fails to unload', async () => {
    const old = start('build-1');
    await old.core.ready();
    vi.spyOn(old.engine, 'unload').mockRejectedValue(new Error('The GPU is stuck.'));
    const next = start('build-2');
    await next.core.ready();
    await expect(old.core.store.save({ conversations: [], messages: [] })).rejects.toMatchObject({
      code: 'core-retired',
    });
  });

  it('keeps a message that was being saved as the core gave way', async () => {
    const old = start('build-1');
    const tab = await openTab(old);
    await old.core.ready();
    const gate = makeGate();
    const save = old.core.store.save;
    const saving = vi.spyOn(old.core.store, 'save').mockImplementation(async (changes) => {
      await save(changes);
      await gate.passed;
    });
    const ids = {
      conversationId: newId<ConversationId>(),
      messageId: newId<MessageId>(),
      answerId: newId<MessageId>(),
    };
    const sending = tab.api.send({ ...ids, parentId: null, text: 'Hi' });
    await expect.poll(() => saving.mock.calls.length).toBe(1);
    const next = start('build-2');
    await next.core.ready();
    gate.open();
    await expect(sending).resolves.toBeUndefined();
    expect(old.engine.requests).toHaveLength(0);
    const view = await (await openTab(next)).watch(`conversation:${ids.conversationId}`);
    expect(view.state.messages[ids.messageId]?.text).toBe('Hi');
    expect(view.state.messages[ids.answerId]?.state).toBe('interrupted');
  });

  it('goes at once when a person insists while it waits for its last answer', async () => {
    const old = start('build-1');
    const ids = await (await openTab(old)).send('Hi');
    await expect.poll(() => old.engine.requests.length).toBe(1);
    old.engine.write('so far');
    const next = start('build-2');
    const tab = await openTab(next);
    const view = await (await openTab(old)).watch('core');
    await expect.poll(() => view.state.phase).toBe('retired');
    await tab.api.takeOver();
    await next.core.ready();
    const answers = await tab.watch(`conversation:${ids.conversationId}`);
    expect(answers.state.messages[ids.answerId]).toMatchObject({ text: 'so far', state: 'interrupted' });
    expect(old.engine.loadedModel).toBeNull();
  });

  it('stops its last answer when its person says so, and gives way then', async () => {
    const old = start('build-1');
    const tab = await openTab(old);
    const ids = await tab.send('Hi');
    await expect.poll(() => old.engine.requests.length).toBe(1);
    const next = start('build-2');
    const view = await tab.watch('core');
    await expect.poll(() => view.state.phase).toBe('retired');
    await tab.api.pauseSharing(true);
    // There are none of these here; what counts is that the core still looks.
    await expect(tab.api.pauseDownload(testModel.id)).rejects.toMatchObject({ code: 'model-failed' });
    await expect(tab.api.setPolicy(newId<DeviceId>(), defaultPolicy)).rejects.toMatchObject({
      code: 'not-found',
    });
    await tab.api.stop({ conversationId: ids.conversationId, messageId: ids.answerId });
    await next.core.ready();
    const answers = await (await openTab(next)).watch(`conversation:${ids.conversationId}`);
    expect(answers.state.messages[ids.answerId]?.state).toBe('stopped');
  });

  it('hands over to the tab where a person insisted, whoever waited longer', async () => {
    const old = start();
    await old.core.ready();
    const patient = start();
    const patientView = await (await openTab(patient)).watch('core');
    await expect.poll(() => patientView.state.phase).toBe('waiting');
    const insisting = start();
    const tab = await openTab(insisting);
    const view = await tab.watch('core');
    await expect.poll(() => view.state.phase).toBe('waiting');
    await tab.api.takeOver();
    await expect.poll(() => view.state.phase).toBe('open');
    expect(patientView.state.phase).toBe('retired');
  });

  it('does not push out its successor after it has retired', async () => {
    const old = start('build-1');
    const oldTab = await openTab(old);
    await old.core.ready();
    const next = start('build-2');
    const tab = await openTab(next);
    await next.core.ready();
    await oldTab.api.takeOver();
    await tab.send('Still here?');
    await expect.poll(() => next.engine.requests.length).toBe(1);
  });

  it('gets into office when the old core crashes on its way out', async () => {
    const old = start('build-1');
    const ids = await (await openTab(old)).send('Hi');
    await expect.poll(() => old.engine.requests.length).toBe(1);
    const next = start('build-2');
    const oldView = await (await openTab(old)).watch('core');
    await expect.poll(() => oldView.state.phase).toBe('retired');
    old.die();
    await next.core.ready();
    const view = await (await openTab(next)).watch(`conversation:${ids.conversationId}`);
    expect(view.state.messages[ids.answerId]?.state).toBe('interrupted');
  });

  /** An old core that gives way to a newer build with an answer that the disk did not take. */
  async function openFull() {
    const old = start('build-1');
    const ids = await (await openTab(old)).send('Hi');
    await expect.poll(() => old.engine.requests.length).toBe(1);
    const disk = watchDisk();
    disk.isFull = true;
    const storage = await (await openTab(old)).watch('storage');
    old.engine.write('All of it');
    old.engine.finish();
    await expect.poll(() => storage.state).toMatchObject({ status: 'full', unsaved: 1 });
    const next = start('build-2');
    const tab = await openTab(next);
    const view = await tab.watch('core');
    // Nothing else is left to wait for.
    await expect.poll(() => old.engine.loadedModel).toBeNull();
    return { ids, disk, next, tab, view };
  }

  it('waits for the disk to take the last answer', async () => {
    const { ids, disk, next, tab, view } = await openFull();
    expect(view.state.phase).toBe('waiting');
    disk.isFull = false;
    await next.core.ready();
    const answers = await tab.watch(`conversation:${ids.conversationId}`);
    expect(answers.state.messages[ids.answerId]).toMatchObject({ text: 'All of it', state: 'done' });
  });

  it('waits for no disk when a person insists', async () => {
    const { tab, view } = await openFull();
    expect(view.state.phase).toBe('waiting');
    await tab.api.takeOver();
    await expect.poll(() => view.state.phase).toBe('open');
  });
});
