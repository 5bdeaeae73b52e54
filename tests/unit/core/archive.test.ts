import { beforeEach, expect, it } from 'vitest';
import { newId, type ConversationId, type MessageId } from '../../../src/shared/ids.ts';
import type { FakeTab } from '../../support/fake-tab.ts';
import { chat, everything, file, header, openDevice, savedChat } from './archive-device.ts';

let tab: FakeTab;

beforeEach(async () => {
  tab = await openDevice();
});

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

it('what went on elsewhere below the end of this device’s copy is what is shown', async () => {
  const { conversationId, answerId } = await chat(tab, 'First');
  const other = await openDevice();
  await other.api.addArchive(await tab.api.saveArchive());
  const there = await chat(other, 'There', { conversationId, parentId: answerId });
  expect(await tab.api.addArchive(await other.api.saveArchive())).toMatchObject({ completed: 1, refused: 0 });
  const [state] = await everything(tab);
  expect(state?.conversation?.leafId).toBe(there.answerId);
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

it('what was deleted is had back with the title and the end that it had here, not those of the file', async () => {
  const { conversationId, answerId } = await chat(tab, 'First');
  const saved = await tab.api.saveArchive();
  const since = await chat(tab, 'Second', { conversationId, parentId: answerId });
  await tab.api.rename(conversationId, 'Renamed since');
  await tab.api.remove(conversationId);
  expect(await tab.api.addArchive(saved)).toMatchObject({ added: 1, completed: 0, refused: 0 });
  const [state] = await everything(tab);
  expect(state?.conversation).toMatchObject({ title: 'Renamed since', leafId: since.answerId });
  expect(Object.keys(state?.messages ?? {})).toHaveLength(4);
});

it('an answer that was being written is an interrupted one', async () => {
  const saved = savedChat({}, { state: 'running' });
  expect(await tab.api.addArchive(file(header, saved))).toMatchObject({ added: 1 });
  const [state] = await everything(tab);
  expect(Object.values(state?.messages ?? {})[0]?.state).toBe('interrupted');
  // The newest message is shown where the file does not say which.
  expect(state?.conversation?.leafId).toBe(saved.messages[1]?.id);
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
