import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { makeArchive } from '../../../src/worker/archive/archive.ts';
import { newId, type ConversationId, type MessageId } from '../../../src/shared/ids.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { FakeTab } from '../../support/fake-tab.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';

let tab: FakeTab;

/** A device with nothing on it. */
async function openDevice(): Promise<FakeTab> {
  const engine = new ManualEngine();
  engine.standardAnswer = 'An answer.';
  const locks = new FakeLocks();
  const { core } = makeTestCore({ engine, locks, channels: new FakeChannels(), database: newId() });
  const opened = await FakeTab.open(core, locks);
  await core.ready();
  await core.slot.ensureLoaded();
  return opened;
}

beforeEach(async () => {
  tab = await openDevice();
});

async function chat(of: FakeTab, text: string, place?: Parameters<FakeTab['send']>[1]) {
  const ids = await of.send(text, place);
  const view = await of.watch(`conversation:${ids.conversationId}`);
  await expect.poll(() => view.state.messages[ids.answerId]?.state).toBe('done');
  return ids;
}

async function everything(of: FakeTab) {
  const list = Object.values((await of.watch('conversations')).state.conversations);
  const states = list.map(async ({ id }) => (await of.watch(`conversation:${id}`)).state);
  return Promise.all(states);
}

const file = (...lines: unknown[]): Blob =>
  new Blob(lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`));
const header = { format: 'hearth-conversations', version: 1 };

function savedChat(change: object = {}, messageChange: object = {}) {
  const id = newId<ConversationId>();
  const first = newId<MessageId>();
  const message = { conversationId: id, createdAt: 1, state: 'done' };
  return {
    conversation: { id, title: 'From a file', createdAt: 1, updatedAt: 2, leafId: null, ...change },
    messages: [
      { ...message, id: first, parentId: null, role: 'user', text: 'Hello', ...messageChange },
      { ...message, id: newId<MessageId>(), parentId: first, role: 'assistant', text: 'Hi' },
    ],
  };
}

it('brings everything to a device that has nothing, to the letter', async () => {
  const first = await chat(tab, 'My name is Nora. \u{1F525}\n\n```js\nlet a;\n```');
  await chat(tab, 'Another branch', { conversationId: first.conversationId });
  await tab.api.rename(first.conversationId, 'Fire');
  await tab.api.setCondition((await chat(tab, 'A second one')).conversationId, 'Math Correct');
  const saved = await tab.api.saveArchive();

  const other = await openDevice();
  expect(await other.api.addArchive(saved)).toEqual({
    added: 2,
    completed: 0,
    known: 0,
    problems: [],
    refused: 0,
  });
  expect(await everything(other)).toEqual(await everything(tab));
  expect(await other.api.search('nora')).toHaveLength(1);
  // And from there the same file again.
  expect(await (await other.api.saveArchive()).text()).toBe(await saved.text());
});

it('the same file twice is the same file once, and what was said since stays', async () => {
  const { conversationId, answerId } = await chat(tab, 'First');
  const saved = await tab.api.saveArchive();
  await chat(tab, 'Second', { conversationId, parentId: answerId });
  await tab.api.rename(conversationId, 'Renamed since');
  const before = await everything(tab);
  expect(await tab.api.addArchive(saved)).toMatchObject({ added: 0, completed: 0, known: 1, refused: 0 });
  expect(await everything(tab)).toEqual(before);
});

it('two devices that went on with one conversation have both ends after an exchange', async () => {
  const { conversationId, answerId } = await chat(tab, 'First');
  const other = await openDevice();
  await other.api.addArchive(await tab.api.saveArchive());
  const here = await chat(tab, 'Here', { conversationId, parentId: answerId });
  const there = await chat(other, 'There', { conversationId, parentId: answerId });
  expect(await tab.api.addArchive(await other.api.saveArchive())).toMatchObject({ completed: 1, refused: 0 });
  const [state] = await everything(tab);
  expect(Object.keys(state?.messages ?? {})).toHaveLength(6);
  expect(state?.messages[there.answerId]?.text).toBe('An answer.');
  // What a person looks at does not change under their eyes.
  expect(state?.conversation?.leafId).toBe(here.answerId);
});

it('what was deleted is had back', async () => {
  const { conversationId } = await chat(tab, 'Keep me');
  const saved = await tab.api.saveArchive();
  const view = await tab.watch(`conversation:${conversationId}`);
  await tab.api.remove(conversationId);
  await expect.poll(() => view.state.conversation).toBeNull();
  expect(await tab.api.addArchive(saved)).toMatchObject({ added: 1 });
  await expect.poll(() => Object.keys(view.state.messages)).toHaveLength(2);
  expect(await tab.api.search('keep')).toHaveLength(1);
});

it('an answer that was being written is an interrupted one', async () => {
  const saved = savedChat({}, { state: 'running' });
  expect(await tab.api.addArchive(file(header, saved))).toMatchObject({ added: 1 });
  const [state] = await everything(tab);
  expect(Object.values(state?.messages ?? {})[0]?.state).toBe('interrupted');
  // The newest message is shown where the file does not say which.
  expect(state?.conversation?.leafId).toBe(saved.messages[1]?.id);
});

describe('another kind of file', () => {
  it.each([
    ['nothing', new Blob([])],
    ['a picture', new Blob([Uint8Array.from({ length: 5000 }, (_, index) => index % 256)])],
    ['other JSON', file({ conversations: [] })],
    ['lines of something else', file({ format: 'other', version: 1 }, savedChat())],
  ])('%s is refused, and says so', async (_, blob) => {
    await expect(tab.api.addArchive(blob)).rejects.toMatchObject({
      code: 'bad-input',
      message: 'This is no file of conversations that Hearth saved.',
    });
  });

  it('one of a newer Hearth is not misread', async () => {
    await expect(tab.api.addArchive(file({ ...header, version: 2 }))).rejects.toMatchObject({
      message: expect.stringContaining('A newer Hearth') as string,
    });
  });

  it('no file at all', async () => {
    await expect(tab.api.addArchive('a string' as unknown as Blob)).rejects.toMatchObject({
      code: 'bad-input',
    });
  });
});

describe('a damaged conversation costs only itself:', () => {
  const good = savedChat();
  const cut = JSON.stringify(savedChat()).slice(0, -9);
  const doubled = savedChat();
  const [circle, strange] = [savedChat(), savedChat()];
  const [a, b] = circle.messages;
  if (a && b) Object.assign(a, { parentId: b.id });

  it.each<[string, unknown, RegExp]>([
    ['cut off', cut, /damaged, or the file ends/],
    ['no object', 7, /holds no conversation|missing or wrong/],
    ['no title', savedChat({ title: 5 }), /conversation\.title is missing or wrong/],
    ['a date that is none', savedChat({ updatedAt: 1e300 }), /a date in it is none/],
    ['a foreign id', savedChat({}, { id: '../../x' }), /an id in it is none|answers one/],
    ['no messages', { ...savedChat(), messages: [] }, /no messages/],
    ['a role that is none', savedChat({}, { role: 'system' }), /role is missing or wrong/],
    ['a message too long', savedChat({}, { text: 'x'.repeat(2_000_001) }), /too long/],
    ['a message twice', { ...doubled, messages: [...doubled.messages, ...doubled.messages] }, /twice/],
    ['messages in a circle', circle, /circle/],
    [
      'a message of another',
      { ...strange, messages: [...strange.messages, ...savedChat().messages] },
      /belongs to another/,
    ],
  ])('%s', async (_, line, reason) => {
    const report = await tab.api.addArchive(file(header, line, good));
    expect(report).toMatchObject({ added: 1, refused: 1 });
    expect(report.problems[0]).toMatch(reason);
    expect(report.problems[0]).toContain('Conversation 1: ');
    expect(await everything(tab)).toHaveLength(1);
  });
});

it('an answer to what could not be saved begins its branch, or goes to where it belongs if that is here', async () => {
  const whole = savedChat();
  const [question, answer] = whole.messages;
  const part = { ...whole, messages: [answer] };
  expect(await tab.api.addArchive(file(header, part))).toMatchObject({ added: 1, refused: 0 });
  const [state] = await everything(tab);
  expect(Object.values(state?.messages ?? {})).toMatchObject([
    { id: answer?.id, parentId: null, text: 'Hi' },
  ]);

  const other = await openDevice();
  await other.api.addArchive(file(header, { ...whole, messages: [question] }));
  expect(await other.api.addArchive(file(header, part))).toMatchObject({ completed: 1, refused: 0 });
  const [both] = await everything(other);
  expect(both?.messages[answer?.id as MessageId]).toMatchObject({ parentId: question?.id });
});

it('a file cannot write over the messages of another conversation', async () => {
  const { messageId } = await chat(tab, 'Mine');
  const before = await everything(tab);
  const hostile = savedChat();
  const [first, second] = hostile.messages;
  if (first && second) {
    first.id = messageId;
    Object.assign(second, { parentId: messageId });
  }
  const report = await tab.api.addArchive(file(header, hostile));
  expect(report).toMatchObject({ added: 0, refused: 1 });
  expect(report.problems[0]).toMatch(/a message of another conversation/);
  expect(await everything(tab)).toEqual(before);
});

it('the same conversation twice in a file is one', async () => {
  const saved = savedChat();
  const report = await tab.api.addArchive(file(header, saved, saved, saved));
  expect(report).toMatchObject({ added: 1, refused: 2 });
  expect(await everything(tab)).toHaveLength(1);
});

it('on a disk that gets full in the middle, what came before is here, and it says so', async () => {
  const results = ['added', 'added', new AppError('storage-full', 'The disk is full.')];
  const archive = makeArchive(
    {
      conversations: { conversations: {} },
      takeIn: async (saved) => {
        const result = results.shift();
        if (result instanceof AppError) throw result;
        return saved.map(() => 'added' as const);
      },
    },
    { readMessages: async () => [] },
  );
  const long = Array.from({ length: 350 }, () => savedChat());
  await expect(archive.add(file(header, ...long))).rejects.toMatchObject({
    code: 'storage-full',
    message: expect.stringMatching(/^The disk is full. Before that, 200 of/) as string,
  });
});

it('of a thousand problems it tells ten, and counts the others', async () => {
  const lines = Array.from({ length: 1000 }, () => ({}));
  const report = await tab.api.addArchive(file(header, ...lines, savedChat()));
  expect(report).toMatchObject({ added: 1, refused: 1000 });
  expect(report.problems).toHaveLength(10);
});

it('one conversation as a document', async () => {
  const { conversationId, answerId } = await chat(tab, 'What is *this*?');
  await tab.api.rename(conversationId, 'Two\nlines');
  await chat(tab, 'And now?', { conversationId, parentId: answerId });
  expect(await tab.api.writeMarkdown(conversationId)).toBe(
    '# Two lines\n\n## You\n\nWhat is *this*?\n\n## scripted\n\nAn answer.\n\n## You\n\nAnd now?\n\n## scripted\n\nAn answer.\n',
  );
  const pasted = await tab.send('<think>\nSomebody else thought so.\n</think>\nIs it right?');
  expect(await tab.api.writeMarkdown(pasted.conversationId)).toContain('Somebody else thought so.');
  await expect(tab.api.writeMarkdown(newId<ConversationId>())).rejects.toMatchObject({ code: 'not-found' });
});
