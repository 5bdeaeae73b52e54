import { expect, test } from 'vitest';
import type { Conversation, Message } from '../../../src/shared/conversation.ts';
import type { ConversationId } from '../../../src/shared/ids.ts';
import { systemClock, type Clock } from '../../../src/worker/clock.ts';
import { makeSearchIndex, type SearchIndexOptions } from '../../../src/worker/store/search-index.ts';
import { sampleConversation, sampleMessage } from './samples.ts';

interface Chat {
  conversation: Conversation;
  messages: Message[];
}

const chat = (title: string, ...texts: string[]): Chat => {
  const conversation = sampleConversation({ title });
  return { conversation, messages: texts.map((text) => sampleMessage(conversation.id, { text })) };
};

function setUp(chats: Chat[], options: Partial<SearchIndexOptions> = {}) {
  const index = makeSearchIndex({
    clock: systemClock,
    source: {
      listConversations: () => Promise.resolve(chats.map(({ conversation }) => conversation)),
      readMessages: (id) =>
        Promise.resolve(chats.find(({ conversation }) => conversation.id === id)?.messages ?? []),
    },
    ...options,
  });
  const titles = async (query: string): Promise<string[]> =>
    (await index.search(query)).map(({ title }) => title);
  return { index, titles };
}

test('a conversation is found once, with its best message and where it matches', async () => {
  const cooking = chat(
    'Cooking',
    'How do I bake bread?',
    'Bread needs flour. Knead the bread, then bake the bread.',
  );
  const { index } = setUp([cooking, chat('Travel', 'Trains to Lisbon')]);
  expect(await index.search('bread')).toEqual([
    {
      conversationId: cooking.conversation.id,
      title: 'Cooking',
      messageId: cooking.messages[1]?.id,
      excerpt: 'Bread needs flour. Knead the bread, then bake the bread.',
    },
  ]);
});

test('a title is found too, and counts for more than text', async () => {
  const { index, titles } = setUp([
    chat('One', 'a word about sourdough among many other words'),
    chat('Sourdough', 'Hello'),
  ]);
  expect(await titles('sourdough')).toEqual(['Sourdough', 'One']);
  expect((await index.search('sourdough'))[0]).toMatchObject({ messageId: null, excerpt: '' });
});

test.each([
  ['resume', 'My résumé'],
  ['RÉSUMÉ', 'a plain resume'],
  ['brea', 'Bread and butter'],
  ['elphant', 'An elephant'],
  ['kuebernetes', 'Kubernetes pods'],
  ['京都', '東京都に住んでいます'],
  ['都', '私は京都'],
  ['한국', '저는 한국어를 합니다'],
])('%s finds "%s"', async (query, text) => {
  const { titles } = setUp([chat('here', text), chat('elsewhere', 'nothing of the kind 大阪 날씨')]);
  expect(await titles(query)).toEqual(['here']);
});

test('numbers are not taken for one another', async () => {
  const { titles } = setUp([chat('now', 'in 2024'), chat('then', 'in 2023')]);
  expect(await titles('2024')).toEqual(['now']);
});

test('all words must be there: in one message, however long, or its title', async () => {
  const far = `alpha ${'filler '.repeat(5000)} omega`;
  const { titles } = setUp([
    chat('apart', 'alpha', 'omega'),
    chat('together', 'omega before alpha'),
    chat('far', far),
    chat('omega title', 'alpha'),
    chat('one', 'alpha'),
  ]);
  expect((await titles('alpha omega')).sort()).toEqual(['far', 'omega title', 'together']);
});

test('of a query as long as a message only the beginning is looked for', async () => {
  const { titles } = setUp([chat('here', 'alpha')]);
  expect(await titles(`alpha ${' '.repeat(200)} omega`)).toEqual(['here']);
});

test('a query without words finds nothing and reads nothing', async () => {
  const { titles } = setUp([], {
    source: {
      listConversations: () => Promise.reject(new Error('read')),
      readMessages: () => Promise.resolve([]),
    },
  });
  expect(await titles('  …?! ')).toEqual([]);
});

test('what is put after the first search is found, in its newest version', async () => {
  const old = chat('Old title', 'first words');
  const { index, titles } = setUp([old]);
  expect(await titles('first')).toEqual(['Old title']);

  const [message] = old.messages;
  if (!message) throw new Error('There is a message.');
  index.put({
    conversations: [{ ...old.conversation, title: 'New title' }],
    messages: [{ ...message, text: 'second words' }],
  });
  expect(await titles('first')).toEqual([]);
  expect(await titles('second')).toEqual(['New title']);
  expect(await titles('old')).toEqual([]);

  // A long version and then a short one: none of its pieces stays behind.
  index.put({ conversations: [], messages: [{ ...message, text: `${'filler '.repeat(5000)} distant` }] });
  expect(await titles('distant')).toEqual(['New title']);
  index.put({ conversations: [], messages: [{ ...message, text: 'short' }] });
  expect(await titles('distant')).toEqual([]);
});

test('an answer is found when its run has ended, not before', async () => {
  const { conversation, messages } = chat('Chat', 'question');
  const { index, titles } = setUp([{ conversation, messages }]);
  await index.search('question');
  const answer = sampleMessage(conversation.id, { text: 'growing', state: 'running' });
  index.put({ conversations: [], messages: [answer] });
  expect(await titles('growing')).toEqual([]);
  index.put({ conversations: [], messages: [{ ...answer, text: 'growing up', state: 'interrupted' }] });
  expect(await titles('growing')).toEqual(['Chat']);
});

test('a deleted conversation is hidden, found again when it is restored, and gone when it is purged', async () => {
  const { conversation, messages } = chat('Secret', 'hidden words');
  const { index, titles } = setUp([{ conversation, messages }]);
  expect(await titles('hidden')).toEqual(['Secret']);
  index.put({ conversations: [{ ...conversation, deletedAt: 5 }], messages: [] });
  expect(await titles('hidden')).toEqual([]);
  expect(await titles('secret')).toEqual([]);
  index.put({ conversations: [conversation], messages: [] });
  expect(await titles('hidden')).toEqual(['Secret']);
  index.remove(conversation.id);
  expect(await titles('hidden')).toEqual([]);
  expect(await titles('secret')).toEqual([]);
});

test('a conversation that was purged and comes back from a copy is found, though nobody had searched', async () => {
  const { conversation, messages } = chat('Back', 'hidden words');
  const { index, titles } = setUp([{ conversation, messages }]);
  index.remove(conversation.id);
  index.put({ conversations: [conversation], messages });
  expect(await titles('back')).toEqual(['Back']);
  expect(await titles('hidden')).toEqual(['Back']);
});

test('what is deleted when the index is first read does not show', async () => {
  const { conversation, messages } = chat('Deleted', 'hidden words');
  const { titles } = setUp([{ conversation: { ...conversation, deletedAt: 5 }, messages }]);
  expect(await titles('hidden')).toEqual([]);
});

test('what changes while the index is first read is newer than what is read', async () => {
  const [edited, purged] = [chat('Edited', 'first'), chat('Purged', 'first')];
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const chats = [edited, purged];
  const { index, titles } = setUp(chats, {
    source: {
      listConversations: async () => {
        await gate;
        return chats.map(({ conversation }) => conversation);
      },
      readMessages: (id: ConversationId) =>
        Promise.resolve(chats.find(({ conversation }) => conversation.id === id)?.messages ?? []),
    },
  });
  const searching = titles('first');
  index.put({
    conversations: [{ ...edited.conversation, title: 'Renamed' }],
    messages: edited.messages.map((message) => ({ ...message, text: 'second' })),
  });
  index.remove(purged.conversation.id);
  release();
  expect(await searching).toEqual([]);
  expect(await titles('second')).toEqual(['Renamed']);
});

test('a failure to read rejects, and the next search reads again', async () => {
  const kept = chat('Kept', 'words');
  let fails = true;
  const { titles } = setUp([kept], {
    source: {
      listConversations: () => Promise.resolve([kept.conversation]),
      readMessages: () => (fails ? Promise.reject(new Error('Broken.')) : Promise.resolve(kept.messages)),
    },
  });
  await expect(titles('words')).rejects.toThrow('Broken.');
  fails = false;
  expect(await titles('words')).toEqual(['Kept']);
});

test('2,000 messages are indexed in slices of 10 ms, with other work in between', async () => {
  const texts = Array.from({ length: 2000 }, (_, number) => `message number${number} among others`);
  let now = 0;
  let pauses = 0;
  // Every piece takes a millisecond of this clock.
  const clock: Clock = {
    now: () => (now += 1),
    after(_, callback) {
      pauses += 1;
      return systemClock.after(0, callback);
    },
  };
  const { index } = setUp([chat('Long', ...texts)], { clock });
  expect(await index.search('number1234')).toMatchObject([{ title: 'Long', excerpt: texts[1234] }]);
  expect(pauses).toBeGreaterThanOrEqual(200);
});

test('at most 50 conversations are returned', async () => {
  const { index } = setUp(Array.from({ length: 60 }, () => chat('Chat', 'the same words')));
  expect(await index.search('same')).toHaveLength(50);
});
