import 'fake-indexeddb/auto';
import { expect, it, vi } from 'vitest';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';
import type { Turn } from '../../../src/worker/engines/engine.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

class ReadingEngine extends ManualEngine {
  readonly read: { turns: Turn[]; signal: AbortSignal; end(): void }[] = [];
  readAhead = ({ turns }: { turns: Turn[] }, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.read.push({ turns, signal, end: resolve });
    });
}

async function openHouse() {
  const engine = new ReadingEngine();
  const locks = new FakeLocks();
  const { core } = makeTestCore({ engine, locks, channels: new FakeChannels(), database: newId() });
  const tab = await FakeTab.open(core, locks);
  await core.ready();
  await core.slot.ensureLoaded();
  engine.standardAnswer = 'Hello.';
  const talk = async (text: string) => {
    const ids = await tab.send(text);
    await expect
      .poll(async () => (await core.store.readMessages(ids.conversationId)).at(-1)?.state)
      .toBe('done');
    return ids.conversationId;
  };
  return { engine, core, locks, tab, talk };
}

it('the conversation that is opened is read ahead, and the chip says so until it is', async () => {
  const { engine, tab, talk } = await openHouse();
  const state = await tab.watch('engine');
  const id = await talk('Hi');
  expect(engine.read).toEqual([]);
  await tab.watch(`conversation:${id}`);
  await expect.poll(() => engine.read.length).toBe(1);
  expect(engine.read[0]?.turns).toEqual([
    { role: 'user', text: 'Hi' },
    { role: 'assistant', text: 'Hello.' },
  ]);
  await expect.poll(() => state.state.warming).toBe(id);
  engine.read[0]?.end();
  await expect.poll(() => state.state.warming).toBe(null);
});

it('another one that is opened takes its place', async () => {
  const { engine, tab, talk } = await openHouse();
  const [one, two] = [await talk('One'), await talk('Two')];
  await tab.watch(`conversation:${one}`);
  await expect.poll(() => engine.read.length).toBe(1);
  await tab.watch(`conversation:${two}`);
  await expect.poll(() => engine.read.length).toBe(2);
  expect(engine.read.map(({ signal }) => signal.aborted)).toEqual([true, false]);
});

it('nothing is read while somebody is answered, nor what is not at rest', async () => {
  const { engine, tab, talk } = await openHouse();
  const id = await talk('Hi');
  engine.standardAnswer = null;
  const running = await tab.send('Wait');
  await tab.watch(`conversation:${id}`);
  await tab.watch(`conversation:${running.conversationId}`);
  expect(engine.read).toEqual([]);
});

it('what is opened during an answer elsewhere is read after it', async () => {
  const { engine, core, tab, talk } = await openHouse();
  const id = await talk('Hi');
  engine.standardAnswer = null;
  await tab.send('Wait');
  await expect.poll(() => core.runs.isBusy()).toBe(true);
  await tab.watch(`conversation:${id}`);
  await tab.send('Wait, too');
  await expect.poll(() => engine.requests.length).toBe(2);
  engine.finish();
  // The second answer waited: the GPU is not free yet.
  await expect.poll(() => engine.requests.length).toBe(3);
  expect(engine.read).toEqual([]);
  engine.finish();
  await expect.poll(() => engine.read.map(({ turns }) => turns[0]?.text)).toEqual(['Hi']);
});

it('what an answer cut off is read again after it, and what was read to its end is not', async () => {
  const { engine, core, tab, talk } = await openHouse();
  const state = await tab.watch('engine');
  const [one, two] = [await talk('One'), await talk('Two')];
  await tab.watch(`conversation:${one}`);
  await expect.poll(() => engine.read.length).toBe(1);
  engine.standardAnswer = null;
  await tab.send('Wait');
  await expect.poll(() => engine.requests.length).toBe(3);
  engine.read[0]?.end();
  engine.finish();
  await expect.poll(() => engine.read.length).toBe(2);
  engine.read[1]?.end();
  await expect.poll(() => state.state.warming).toBe(null);

  engine.standardAnswer = 'Hello.';
  await talk('Another');
  await expect.poll(() => core.runs.isBusy()).toBe(false);
  await tab.watch(`conversation:${two}`);
  await expect.poll(() => engine.read.map(({ turns }) => turns[0]?.text)).toEqual(['One', 'One', 'Two']);
});

it('a model that is loaded anew reads what is shown, and not what was left', async () => {
  const { engine, core, locks, tab, talk } = await openHouse();
  const [one, two] = [await talk('One'), await talk('Two')];
  await tab.watch(`conversation:${two}`);
  await expect.poll(() => engine.read.length).toBe(1);
  await core.slot.unload();
  await core.slot.ensureLoaded();
  await expect.poll(() => engine.read.length).toBe(2);

  const other = await FakeTab.open(core, locks);
  await other.watch(`conversation:${one}`);
  await expect.poll(() => engine.read.length).toBe(3);
  other.close();
  await expect.poll(() => core.tabs.size).toBe(1);
  await core.slot.unload();
  await core.slot.ensureLoaded();
  const fromStore = vi.spyOn(core.store, 'readMessages');
  await core.library.open(one);
  expect(fromStore).toHaveBeenCalledOnce();
  expect(engine.read.map(({ turns }) => turns[0]?.text)).toEqual(['Two', 'Two', 'One']);
});

it('the chip goes when what is opened next has nothing to read', async () => {
  const { engine, tab, talk } = await openHouse();
  const state = await tab.watch('engine');
  const id = await talk('Hi');
  await tab.watch(`conversation:${id}`);
  await expect.poll(() => state.state.warming).toBe(id);
  await tab.watch(`conversation:${newId<ConversationId>()}`);
  await expect.poll(() => engine.read[0]?.signal.aborted).toBe(true);
  engine.read[0]?.end();
  await expect.poll(() => state.state.warming).toBe(null);
});
