import { expect, onTestFinished, test } from 'vitest';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';
import { systemClock, type Clock } from '../../../src/worker/clock.ts';
import { makeJournal } from '../../../src/worker/store/journal.ts';
import { readMessages } from '../../../src/worker/store/repository.ts';
import { openStore } from '../../../src/worker/store/store.ts';
import { openTestDatabase, testName } from '../../unit/store/open-test-database.ts';
import { sampleConversation, sampleMessage } from '../../unit/store/samples.ts';

const syllables = ['ba', 'ce', 'di', 'fo', 'gu', 'ha', 'ke', 'li', 'mo', 'nu', 'ra', 'se', 'ti', 'vo', 'zu'];

/** Words as in a language: some 3,000, the short ones often and the long ones seldom. The same in every run. */
function makeWords(): () => string {
  let state = 1;
  const below = (end: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
  return () => Array.from({ length: 1 + below(3) }, () => syllables[below(15)]).join('');
}

/** Figures go to the console of the run: they are to be read, and differ with the machine. */
function print(what: string, times: number[]): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1);
  // oxlint-disable-next-line no-console -- the figures are what this file is for
  console.log(`${what}: median ${at(0.5)} ms, worst ${at(1)} ms of ${times.length}`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

test('text that grows is stored while it grows, and every save is stored when it resolves', async () => {
  const database = await openTestDatabase();
  const journal = makeJournal({
    database: () => Promise.resolve(database),
    clock: systemClock,
    onState: () => expect.unreachable('Nothing fails here.'),
  });
  const conversationId = newId<ConversationId>();
  const answer = sampleMessage(conversationId, { text: 'word '.repeat(1000) });
  const [saves, flushes]: [number[], number[]] = [[], []];
  for (let round = 0; round < 20; round += 1) {
    const question = sampleMessage(conversationId, { text: 'A question' });
    saves.push(await timed(() => journal.save({ conversations: [], messages: [question] })));
    expect(await database.get('messages', question.id)).toEqual(question);
    answer.text += 'more ';
    journal.later(answer);
    flushes.push(await timed(() => journal.flush()));
    expect(await database.get('messages', answer.id)).toEqual(answer);
  }
  print('strict save of one message', saves);
  print('relaxed write of a growing 5 kB answer', flushes);

  const begun = performance.now();
  answer.text += 'end';
  journal.later(answer);
  await expect
    .poll(async () => (await database.get('messages', answer.id))?.text, { interval: 5 })
    .toMatch(/end$/);
  print('from a token to IndexedDB, promised within 250 ms', [performance.now() - begun]);
});

test('2,000 messages of a kilobyte are indexed in slices, searched, and read back', async () => {
  const name = testName();
  const slices: number[] = [];
  let resumed = 0;
  const clock: Clock = {
    now: () => systemClock.now(),
    after(ms, callback) {
      if (ms === 0 && resumed !== 0) slices.push(performance.now() - resumed);
      return systemClock.after(ms, () => {
        resumed = performance.now();
        callback();
      });
    },
  };
  const store = openStore({ name, clock, onState() {} });
  onTestFinished(() => store.close());
  await store.open();
  const word = makeWords();
  const conversations = Array.from({ length: 100 }, (_, number) =>
    sampleConversation({ title: `Chat ${number}` }),
  );
  const messages = conversations.flatMap(({ id }, chat) =>
    Array.from({ length: 20 }, (_, number) => {
      const words = Array.from({ length: 150 }, word).join(' ');
      return sampleMessage(id, { text: `${words} 東京都に住む unique${chat}n${number}` });
    }),
  );
  print('save of 2,100 records', [await timed(() => store.save({ conversations, messages }))]);

  resumed = 0;
  print('first search, with indexing', [
    await timed(async () => {
      expect(await store.search('unique42n7')).toMatchObject([{ title: 'Chat 42' }]);
    }),
  ]);
  expect(slices.length).toBeGreaterThan(10);
  print('slices of indexing', slices);
  const searches = [];
  for (const query of ['unique7n', 'ba', 'bab 東京', '京都', 'bacedu', 'z']) {
    searches.push(await timed(() => store.search(query)));
  }
  print('later searches', searches);
  const database = await openTestDatabase({ name });
  print('reading a conversation of 20 messages', [
    await timed(() => readMessages(database, conversations[3]?.id ?? newId<ConversationId>())),
  ]);
}, 60_000);
