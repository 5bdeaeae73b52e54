import { expect, test } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import type { FromCore, FromServer } from '../../../src/shared/door.ts';
import { makeDoor, type DoorOptions } from '../../../src/worker/door/door.ts';
import type { OutsideEvent } from '../../../src/worker/runs/outside-run.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { makeGate } from '../../support/make-gate.ts';
import { engineState, pocket } from '../../support/scripted-state.ts';

const sampling = { temperature: 0, topP: 1, maxTokens: 10, seed: null };
const other = { ...pocket, id: 'other' };

/** A core's door with a connection whose far end is the test. */
function openDoor(options: Partial<DoorOptions> = {}) {
  const clock = makeFakeClock();
  const sent: FromCore[] = [];
  const line = Object.assign(new EventTarget(), {
    readyState: 1,
    send: (text: string) => void sent.push(JSON.parse(text) as FromCore),
    close() {},
  });
  const saved = new Map<string, string>();
  const door = makeDoor({
    settings: {
      getSetting: async (key) => saved.get(key) ?? null,
      putSetting: async (key, value) => void saved.set(key, value),
    },
    base: new URL('http://localhost:18888/'),
    clock,
    openSocket: () => line as unknown as WebSocket,
    run: () => (async function* () {})(),
    chooseModel: async () => {},
    keep: async () => {},
    ...options,
  });
  door.followEngine(engineState());
  door.open();
  door.followServer({
    type: 'hearth',
    addresses: [],
    isThisMachine: true,
    localUrl: 'http://localhost:18888/',
  });
  line.dispatchEvent(new Event('open'));
  const say = (message: FromServer): void =>
    void line.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  return { door, clock, sent, say };
}

const models = (sent: FromCore[]) =>
  sent.filter((message) => message.type === 'status').map(({ model }) => model);

test('nothing is told of the model here before the one that the server was started with is chosen', async () => {
  const asked: string[] = [];
  const choice = makeGate();
  const { door, sent, say } = openDoor({
    chooseModel: (id) => {
      asked.push(id);
      return choice.passed;
    },
  });
  expect(models(sent)).toEqual([]);
  say({ type: 'welcome', model: 'other', start: 'first' });
  door.followEngine(engineState({ status: { type: 'idle' } }));
  expect(models(sent)).toEqual([]);
  // Chosen, and not loaded yet.
  door.followEngine(engineState({ model: other, status: { type: 'idle' } }));
  expect(models(sent)).toEqual(['other']);
  // What a person chooses meanwhile is told as always.
  door.followEngine(engineState());
  expect(models(sent)).toEqual(['other', pocket.id]);
  choice.open();
  await expect.poll(() => asked).toEqual(['other']);
});

test('the model of the server is chosen once for each of its starts: what a person chooses later stays', async () => {
  const asked: string[] = [];
  const { sent, say } = openDoor({ chooseModel: async (id) => void asked.push(id) });
  for (const start of ['first', 'first', 'second']) {
    say({ type: 'welcome', model: 'other', start });
    // It is told of the model here, which is another.
    await expect.poll(() => models(sent)).toEqual([pocket.id]);
  }
  await expect.poll(() => asked).toEqual(['other', 'other']);
});

test('a server without a model, and one whose model is not chosen, is told of the one here', async () => {
  const plain = openDoor();
  plain.say({ type: 'welcome', model: null, start: 'first' });
  expect(models(plain.sent)).toEqual([pocket.id]);
  const unknown = openDoor({ chooseModel: () => Promise.reject(new Error('There is no such model.')) });
  unknown.say({ type: 'welcome', model: 'other', start: 'first' });
  await expect.poll(() => models(unknown.sent)).toEqual([pocket.id]);
});

test('a model of the server that there is not is told, and nothing answers in its place before a person chooses', async () => {
  const unknown = new AppError('model-unknown', 'There is no model called “typo”.');
  const asked: string[] = [];
  const { door, sent, say } = openDoor({
    chooseModel(id) {
      asked.push(id);
      return Promise.reject(unknown);
    },
  });
  say({ type: 'welcome', model: 'typo', start: 'first' });
  await expect
    .poll(() => sent)
    .toEqual([
      {
        type: 'status',
        model: pocket.id,
        isReady: false,
        reason:
          'There is no model called “typo”. Choose another one in the browser, or start with another --model.',
      },
    ]);
  // Not obeyed yet: the next core has to say the same.
  say({ type: 'welcome', model: 'typo', start: 'first' });
  await expect.poll(() => asked).toEqual(['typo', 'typo']);
  sent.length = 0;
  door.followEngine(engineState({ model: other, status: { type: 'ready' } }));
  expect(sent).toMatchObject([{ model: 'other', isReady: true, reason: null }]);
  // From here on the person's choice stays, whatever the server says again.
  sent.length = 0;
  say({ type: 'welcome', model: 'typo', start: 'first' });
  door.followEngine(engineState({ model: pocket, status: { type: 'ready' } }));
  await expect.poll(() => sent).toMatchObject([{ model: pocket.id, isReady: true, reason: null }]);
  expect(asked).toEqual(['typo', 'typo']);
});

test('while a request waits, for its turn or for the model, the server hears of it every minute', async () => {
  const begins = makeGate();
  const { clock, sent, say } = openDoor({
    async *run(): AsyncGenerator<OutsideEvent, void, undefined> {
      yield { type: 'queued', place: 2 };
      await begins.passed;
      yield {
        type: 'start',
        firstTurn: 0,
        promptTokens: 3,
        readTokens: 3,
        generation: { model: pocket.id, ...sampling },
      };
    },
  });
  say({ type: 'welcome', model: null, start: 'first' });
  const body = {
    turns: [{ role: 'user' as const, text: 'Hi' }],
    prefix: '',
    condition: null,
    sampling: {},
    options: {},
  };
  say({ type: 'ask', id: 'one', client: { id: 'me', name: 'Me' }, isKept: false, model: null, body });
  const events = () => sent.flatMap((message) => (message.type === 'event' ? [message.event.type] : []));
  await expect.poll(events).toEqual(['queued']);
  clock.advance(60_000);
  clock.advance(60_000);
  expect(events()).toEqual(['queued', 'queued', 'queued']);
  begins.open();
  await expect.poll(() => events().includes('start')).toBe(true);
  clock.advance(600_000);
  expect(clock.waiting).toBe(0);
});

test('a request is answered by the model that it named, and not by one that was chosen while it waited', async () => {
  const { sent, say } = openDoor({
    async *run({ checkModel }): AsyncGenerator<OutsideEvent, void, undefined> {
      checkModel?.(other);
      yield {
        type: 'start',
        firstTurn: 0,
        promptTokens: 3,
        readTokens: 3,
        generation: { model: other.id, ...sampling },
      };
    },
  });
  say({ type: 'welcome', model: null, start: 'first' });
  const body = {
    turns: [{ role: 'user' as const, text: 'Hi' }],
    prefix: '',
    condition: null,
    sampling: {},
    options: {},
  };
  const client = { id: 'me', name: 'Me' };
  for (const [id, model] of [
    ['one', pocket.id],
    ['two', other.id],
    ['three', null],
  ] as const)
    say({ type: 'ask', id, client, isKept: false, model, body });
  const first = (id: string) => sent.find((message) => message.type === 'event' && message.id === id);
  await expect.poll(() => first('three')).toMatchObject({ event: { type: 'start' } });
  expect(first('two')).toMatchObject({ event: { type: 'start' } });
  expect(first('one')).toMatchObject({
    event: {
      type: 'error',
      code: 'model-unknown',
      message: `The model “${pocket.id}” is not chosen here any more.`,
    },
  });
});
