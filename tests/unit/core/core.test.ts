import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';
import type { MessageState } from '../../../src/shared/conversation.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

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

const startCore = (buildId = 'build-1', withEngine = engine) =>
  makeTestCore({ engine: withEngine, locks, channels, database, buildId });

async function openTab(core: ReturnType<typeof startCore>['core'], buildId?: string): Promise<FakeTab> {
  const tab = await FakeTab.open(core, locks, buildId);
  tabs.push(tab);
  return tab;
}

/** Waits until the engine has begun its nth generation. */
const generations = (count: number): Promise<void> => expect.poll(() => engine.requests.length).toBe(count);

async function watchAnswer(tab: FakeTab, ids: { conversationId: ConversationId; answerId: string }) {
  const view = await tab.watch(`conversation:${ids.conversationId}`);
  return () => view.state.messages[ids.answerId as keyof typeof view.state.messages];
}
const stateOf = (read: () => { state: MessageState } | undefined) => () => read()?.state;

describe('core', () => {
  it('shows one answer in every tab as it grows, and stores it as it was shown', async () => {
    const { core } = startCore();
    const [asking, watching] = [await openTab(core), await openTab(core)];
    const ids = await asking.send('Hi');
    const [a, b] = [await watchAnswer(asking, ids), await watchAnswer(watching, ids)];
    await generations(1);
    engine.write(' Hel');
    await expect.poll(() => [a()?.text, b()?.text]).toEqual([' Hel', ' Hel']);
    engine.write('lo');
    engine.finish();
    await expect.poll(stateOf(b)).toBe('done');
    expect(b()?.text).toBe(' Hello');
    const [, stored] = await core.store.readMessages(ids.conversationId);
    expect(stored).toMatchObject({ text: ' Hello', state: 'done', generation: { finishReason: 'stop' } });
  });

  it('lets a run live on when its tab dies, and drops the dead tab’s watches', async () => {
    const { core } = startCore();
    const [asking, other] = [await openTab(core), await openTab(core)];
    const ids = await asking.send('Hi');
    await generations(1);
    engine.write('one ');
    asking.close();
    await expect.poll(() => core.tabs.size).toBe(1);
    const answer = await watchAnswer(other, ids);
    expect(answer()?.text).toBe('one ');
    engine.write('two');
    engine.finish();
    await expect.poll(stateOf(answer)).toBe('done');
    expect(answer()?.text).toBe('one two');
  });

  it('marks what a dead core was writing, and finishes it from its text', async () => {
    const first = startCore();
    const ids = await (await openTab(first.core)).send('Hi');
    await generations(1);
    engine.write('The text so far');
    await expect
      .poll(async () => (await first.core.store.readMessages(ids.conversationId))[1]?.text)
      .toBe('The text so far');
    first.die();

    const engineAfter = new ManualEngine();
    const { core } = startCore('build-1', engineAfter);
    const tab = await openTab(core);
    const answer = await watchAnswer(tab, ids);
    expect(answer()?.state).toBe('interrupted');
    await tab.api.continueAnswer({ conversationId: ids.conversationId, messageId: ids.answerId });
    await expect.poll(() => engineAfter.requests[0]?.prefix).toBe('The text so far');
    engineAfter.write(', and the rest');
    engineAfter.finish();
    await expect.poll(stateOf(answer)).toBe('done');
    expect(answer()?.text).toBe('The text so far, and the rest');
  });

  it('runs three tabs in turn; Stop ends only its own run', async () => {
    const { core } = startCore();
    const [a, b, c] = [await openTab(core), await openTab(core), await openTab(core)];
    const panel = await a.watch('engine');
    const [first, second, third] = [await a.send('1'), await b.send('2'), await c.send('3')];
    const [one, two, three] = [
      await watchAnswer(a, first),
      await watchAnswer(b, second),
      await watchAnswer(c, third),
    ];
    await generations(1);
    await expect
      .poll(() => panel.state.queue.map(({ messageId, place }) => [messageId, place]))
      .toEqual([
        [second.answerId, 1],
        [third.answerId, 2],
      ]);

    await b.api.stop({ conversationId: second.conversationId, messageId: second.answerId });
    await expect.poll(stateOf(two)).toBe('stopped');
    await expect.poll(() => panel.state.queue.map(({ place }) => place)).toEqual([1]);
    expect(panel.state.running?.messageId).toBe(first.answerId);
    engine.write('still here');
    await expect.poll(() => one()?.text).toBe('still here');

    await a.api.stop({ conversationId: first.conversationId, messageId: first.answerId });
    await generations(2);
    expect(stateOf(one)()).toBe('stopped');
    engine.finish();
    await expect.poll(stateOf(three)).toBe('done');
  });

  it('gives fifty tabs their turn, and nobody a second one before', async () => {
    const { core } = startCore();
    const crowd = await Promise.all(Array.from({ length: 50 }, () => openTab(core)));
    // While the first answer is being written, every tab asks twice.
    const [first] = crowd;
    if (!first) return;
    await first.send('hold the line');
    await generations(1);
    await Promise.all(crowd.flatMap((tab, index) => [tab.send(`tab ${index}`), tab.send(`tab ${index}`)]));
    engine.standardAnswer = 'answer';
    engine.finish();
    await expect.poll(() => engine.requests.length, { timeout: 30_000 }).toBe(101);
    const served = engine.requests.slice(1).map(({ turns }) => turns.at(-1)?.text);
    expect(new Set(served.slice(0, 50)).size).toBe(50);
    expect(new Set(served.slice(50)).size).toBe(50);
  }, 40_000);

  it('loads the model again when the device is lost, and goes on from the text', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Hi');
    const answer = await watchAnswer(tab, ids);
    await generations(1);
    engine.write('before ');
    engine.loseDevice();
    await generations(2);
    expect(engine.requests[1]?.prefix).toBe('before ');
    expect(engine.devicesOpened).toBe(2);
    engine.write('after');
    engine.finish();
    await expect.poll(stateOf(answer)).toBe('done');
    expect(answer()).toMatchObject({ text: 'before after', generation: { recoveries: 1 } });
  });

  it('gives up after a third loss, and keeps the text', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Hi');
    const answer = await watchAnswer(tab, ids);
    for (let loss = 1; loss <= 3; loss++) {
      await generations(loss);
      engine.write(`${loss} `);
      engine.loseDevice();
    }
    await expect.poll(stateOf(answer)).toBe('failed');
    expect(answer()).toMatchObject({ text: '1 2 3 ', error: { code: 'gpu-lost' } });
  });

  it('fails a run without a GPU with the reason, and keeps the message', async () => {
    engine.noGpu = 'This browser has no WebGPU.';
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Hi');
    const answer = await watchAnswer(tab, ids);
    await expect.poll(stateOf(answer)).toBe('failed');
    expect(answer()?.error).toEqual({ code: 'no-gpu', message: 'This browser has no WebGPU.' });
  });

  it('does a command once, however often it is sent', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Hi');
    await tab.api.send({ ...ids, parentId: null, text: 'Hi' });
    await generations(1);
    engine.finish();
    await expect.poll(() => core.runs.isBusy()).toBe(false);
    expect(await core.store.readMessages(ids.conversationId)).toHaveLength(2);
    expect(engine.requests).toHaveLength(1);
  });

  it('makes siblings by edit and regenerate, and shows the branch that is asked for', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('First wording');
    const view = await tab.watch(`conversation:${ids.conversationId}`);
    await generations(1);
    engine.finish();
    await expect.poll(() => core.runs.isBusy()).toBe(false);
    const edit = await tab.send('Second wording', { conversationId: ids.conversationId });
    await generations(2);
    engine.finish();
    await expect.poll(() => view.state.conversation?.leafId).toBe(edit.answerId);
    await tab.api.showBranch({ conversationId: ids.conversationId, messageId: ids.messageId });
    await expect.poll(() => view.state.conversation?.leafId).toBe(ids.answerId);
    expect(Object.keys(view.state.messages)).toHaveLength(4);
  });

  it('deletes with its runs, and gives everything back', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    const ids = await tab.send('Keep me');
    const list = await tab.watch('conversations');
    await generations(1);
    engine.write('partial');
    await tab.api.remove(ids.conversationId);
    await expect.poll(() => Object.keys(list.state.conversations)).toEqual([]);
    await expect.poll(() => core.runs.isBusy()).toBe(false);
    await tab.api.restore(ids.conversationId);
    const view = await tab.watch(`conversation:${ids.conversationId}`);
    expect(view.state.messages[ids.messageId]?.text).toBe('Keep me');
    expect(view.state.messages[ids.answerId]?.text).toBe('partial');
  });

  it('refuses empty messages, unknown parents and unknown conversations with a sentence', async () => {
    const { core } = startCore();
    const tab = await openTab(core);
    await expect(tab.send('  \n ')).rejects.toThrow(AppError);
    await expect(tab.send('Hi', { parentId: newId() })).rejects.toMatchObject({ code: 'not-found' });
    await expect(tab.api.rename(newId(), 'x')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('hands over to another build when the answer in progress is done, and tells its own tabs', async () => {
    const old = startCore('build-1');
    const oldTab = await openTab(old.core);
    const oldCore = await oldTab.watch('core');
    const ids = await oldTab.send('Hi');
    await generations(1);

    const nextEngine = new ManualEngine();
    const next = startCore('build-2', nextEngine);
    const nextTab = await openTab(next.core, 'build-2');
    const nextCore = await nextTab.watch('core');
    await expect.poll(() => nextCore.state.phase).toBe('waiting');
    await expect.poll(() => oldCore.state).toEqual({ phase: 'retired', reason: 'newer-build' });
    expect(engine.loadedModel).not.toBeNull();
    expect(nextEngine.loadedModel).toBeNull();

    engine.write('finished by the old core');
    engine.finish();
    await expect.poll(() => nextCore.state.phase).toBe('open');
    expect(engine.loadedModel).toBeNull();
    const answer = await watchAnswer(nextTab, ids);
    expect(answer()).toMatchObject({ text: 'finished by the old core', state: 'done' });
    await expect(oldTab.send('too late')).rejects.toMatchObject({ code: 'core-retired' });
  });

  it('hands over at once when a person insists', async () => {
    const old = startCore('build-1');
    const ids = await (await openTab(old.core)).send('Hi');
    await generations(1);
    engine.write('so far');
    const next = startCore('build-2', new ManualEngine());
    const nextTab = await openTab(next.core, 'build-2');
    const nextCore = await nextTab.watch('core');
    await nextTab.api.takeOver();
    await expect.poll(() => nextCore.state.phase).toBe('open');
    const answer = await watchAnswer(nextTab, ids);
    expect(answer()).toMatchObject({ text: 'so far', state: 'interrupted' });
  });

  it('refuses a tab of another build', async () => {
    const { core } = startCore('build-1');
    await expect(openTab(core, 'build-2')).rejects.toMatchObject({ code: 'protocol-mismatch' });
  });
});
