import 'fake-indexeddb/auto';
import { describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import { AppError } from '../../../src/shared/errors.ts';
import type { EngineEvent, GenerateRequest } from '../../../src/worker/engines/engine.ts';
import { surviveLosses, type Meter } from '../../../src/worker/runs/survive-losses.ts';
import { testModel } from '../../support/make-test-core.ts';
import { bodyOf, done, read, started, text } from '../p2p/harness.ts';
import { goAway, makeHouse, pass, type Computer, type House } from './house-bench.ts';
import { quiet } from './sharing-bench.ts';

interface Asked {
  events: EngineEvent[];
  readonly text: string;
  error: unknown;
  isOver: boolean;
  stop: AbortController;
}

const requestOf = (prefix = '', maxTokens = 100, prompt = 'Hi'): GenerateRequest => ({
  model: testModel,
  turns: [{ role: 'user', text: prompt }],
  prefix,
  sampling: { temperature: 0, topP: 1, maxTokens, seed: 1 },
});

async function follow(work: (asked: Asked) => Promise<void>): Promise<Asked> {
  const asked: Asked = {
    events: [],
    get text() {
      return this.events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    },
    error: null,
    isOver: false,
    stop: new AbortController(),
  };
  const run = async (): Promise<void> => {
    await work(asked).catch((error: unknown) => (asked.error = error));
    asked.isOver = true;
  };
  void run();
  await quiet();
  return asked;
}

/** One generation of the engine, as the run loop asks for it. */
const ask = ({ engine }: House, request = requestOf()): Promise<Asked> =>
  follow(async ({ events, stop }) => {
    for await (const event of engine.generate(request, stop.signal)) events.push(event);
  });

/** A run: it survives the loss of its engine, and waits for the next one. */
const runAnswer = ({ engine }: House): Promise<Asked> =>
  follow(async (asked) => {
    const meter: Meter = { tokens: 0, read: 0 };
    const { signal } = asked.stop;
    const attempt = async (): Promise<void> => {
      if (engine.loadedModel === null) await engine.load(testModel, { signal, onProgress() {} });
      for await (const event of engine.generate(requestOf(asked.text), signal)) {
        asked.events.push(event);
        if (event.type === 'text') meter.tokens += event.tokens;
      }
    };
    await surviveLosses(attempt, meter, signal, () => {});
  });

/** Another device keeps this computer busy. */
async function occupy(house: House, computer: Computer): Promise<void> {
  const tablet = await house.tablet(computer);
  read(tablet, bodyOf('long'));
  await quiet();
  expect(house.view(computer)?.running).toBe(1);
}

const runsOf = (computer: Computer): number => computer.engine.runs.length;

describe('which host answers', () => {
  it('the least loaded one', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    await occupy(house, desk);
    const asked = await ask(house);
    expect([runsOf(desk), runsOf(laptop)]).toEqual([1, 1]);
    await laptop.engine.runs[0]?.emit(started, text('Hello'), done);
    expect(asked.events).toEqual([
      {
        type: 'start',
        firstTurn: 0,
        promptTokens: 3,
        readTokens: 3,
        madeBy: { model: 'pocket', quantization: 'q4f32_1' },
      },
      { type: 'text', text: 'Hello', tokens: 1 },
      { type: 'done', finishReason: 'stop' },
    ]);
  });

  it('a busy one rather than one that falls silent', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    await occupy(house, laptop);
    for (const wire of desk.wires) wire.hold();
    house.network.isHeld = true;
    await pass(house, 16_000);
    expect(house.view(desk)?.isSuspended).toBe(true);
    await ask(house);
    expect([runsOf(desk), runsOf(laptop)]).toEqual([0, 2]);
  });

  it.each([
    ['paused', { isPaused: true }],
    ['no room for this device', { waiting: 0, running: 0 }],
    ['the hour used up', { tokensPerHour: 0 }],
    ['the prompt too long for it', { promptChars: 1 }],
  ])('another one when the first refuses: %s', async (_, policy) => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    await desk.host.setPolicy(house.own.key.id, { ...defaultPolicy, ...policy });
    await occupy(house, laptop);
    const asked = await ask(house);
    expect([runsOf(desk), runsOf(laptop)]).toEqual([0, 2]);
    await laptop.engine.runs[1]?.emit(started, text('Here'), done);
    expect(asked).toMatchObject({ text: 'Here', isOver: true, error: null });
  });

  it.each([
    ['full', { running: 0, waiting: 0 }, 'This device already has as many requests at Desk as it may have.'],
    ['hour', { tokensPerHour: 0 }, /^This device has used up what Desk allows it in an hour/],
    ['prompt', { promptChars: 1 }, 'This conversation is longer than Desk allows. Start a new chat.'],
  ])('says why when none will: %s', async (_, policy, message) => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await desk.host.setPolicy(house.own.key.id, { ...defaultPolicy, ...policy });
    const { error } = await ask(house);
    expect(error).toMatchObject({ code: 'host-refused', message: expect.stringMatching(message) });
  });

  it('the next one when the engine of the first fails, with what is written so far', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    const asked = await ask(house, requestOf('Once ', 50));
    await desk.engine.runs[0]?.emit(started, text('upon '));
    await desk.engine.runs[0]?.fail(new AppError('gpu-lost', 'The GPU was lost.'));
    expect(laptop.engine.runs[0]?.body).toMatchObject({ prefix: 'Once upon ', sampling: { maxTokens: 49 } });
    await laptop.engine.runs[0]?.emit(started, text('a time'), done);
    expect(asked).toMatchObject({ text: 'upon a time', isOver: true, error: null });
  });

  it('a host’s lost GPU is not taken for one of this device', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const asked = await ask(house);
    await desk.engine.runs[0]?.fail(new AppError('gpu-lost', 'The GPU was lost.'));
    expect(asked.error).toMatchObject({ code: 'engine-failed', message: 'Desk: The GPU was lost.' });
  });

  it('nobody else once its person has stopped it', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    const asked = await ask(house);
    desk.host.stopNow();
    await quiet();
    expect(asked.error).toMatchObject({
      code: 'host-refused',
      message: 'The person at Desk stopped this answer.',
    });
    expect(runsOf(laptop)).toBe(0);
  });
});

describe('a host that dies', () => {
  it('before the first token: the next takes the request by itself', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    const asked = await ask(house);
    expect([runsOf(desk), runsOf(laptop)]).toEqual([1, 0]);
    await goAway(desk);
    await pass(house, 5_000);
    await laptop.engine.runs[0]?.emit(started, text('Mine'), done);
    expect(asked).toMatchObject({ text: 'Mine', isOver: true, error: null });
  });

  it('in the middle: the text is kept and the next goes on from it, and the first ends when it is back', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    const run = await runAnswer(house);
    await desk.engine.runs[0]?.emit(started, text('One '));
    await goAway(desk);
    await desk.engine.runs[0]?.emit(text('lost '));
    await pass(house, 5_000);
    expect(laptop.engine.runs[0]?.body.prefix).toBe('One ');
    await laptop.engine.runs[0]?.emit(started, text('two'), done);
    expect(run).toMatchObject({ text: 'One two', isOver: true, error: null });
    desk.isOpen = true;
    await pass(house, 40_000);
    expect(desk.engine.runs[0]?.signal.aborted).toBe(true);
  });

  it('by falling silent: the next goes on', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    const asked = await ask(house);
    await desk.engine.runs[0]?.emit(started, text('One '));
    for (const wire of desk.wires) wire.hold();
    house.network.isHeld = true;
    await pass(house, 20_000);
    await laptop.engine.runs[0]?.emit(started, text('two'), done);
    expect(asked).toMatchObject({ text: 'One two', isOver: true, error: null });
  });

  it('only for a moment: it keeps its request, and nothing is asked twice', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    const asked = await ask(house);
    await desk.engine.runs[0]?.emit(started, text('One '));
    for (const wire of desk.wires) wire.cut();
    await desk.engine.runs[0]?.emit(text('two'), done);
    await pass(house, 5_000);
    expect(asked).toMatchObject({ text: 'One two', isOver: true, error: null });
    expect([runsOf(desk), runsOf(laptop)]).toEqual([1, 0]);
  });

  it('with no other: the request waits for it and ends with the exact text', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const run = await runAnswer(house);
    await desk.engine.runs[0]?.emit(started, text('One '));
    await goAway(desk);
    await desk.engine.runs[0]?.emit(text('two'), done);
    await pass(house, 60_000);
    expect(run).toMatchObject({ text: 'One ', isOver: false });
    desk.isOpen = true;
    await pass(house, 40_000);
    expect(run).toMatchObject({ text: 'One two', isOver: true, error: null });
  });

  it('and is revoked meanwhile: the run ends and says so', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const run = await runAnswer(house);
    await desk.engine.runs[0]?.emit(started, text('One '));
    await desk.host.revoke(house.own.key.id);
    await quiet();
    expect(run).toMatchObject({ text: 'One ', isOver: true });
    expect(run.error).toMatchObject({
      code: 'host-refused',
      message: 'The other device has ended the pairing. Open Devices to pair again.',
    });
  });
});

describe('the peer engine', () => {
  it('a cancel reaches the host within one token, and no other host', async () => {
    const house = await makeHouse();
    const [desk, laptop] = [await house.pair('Desk'), await house.pair('Laptop')];
    const asked = await ask(house);
    await desk.engine.runs[0]?.emit(started, text('One'));
    asked.stop.abort();
    await desk.engine.runs[0]?.emit(text(' more'));
    expect(desk.engine.runs[0]?.signal.aborted).toBe(true);
    expect(asked).toMatchObject({ text: 'One', isOver: true, error: null });
    expect(runsOf(laptop)).toBe(0);
  });

  it('whoever stops reading cancels too', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const events = house.engine.generate(requestOf(), new AbortController().signal)[Symbol.asyncIterator]();
    const first = events.next();
    await quiet();
    await desk.engine.runs[0]?.emit(started);
    expect(await first).toMatchObject({ value: { type: 'start' } });
    await events.return?.();
    await quiet();
    expect(desk.engine.runs[0]?.signal.aborted).toBe(true);
  });

  it('loads as soon as a host is ready, and gives up when it is told to', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await goAway(desk);
    const waiting = await follow(({ stop: { signal } }) =>
      house.engine.load(testModel, { signal, onProgress() {} }),
    );
    const given = await follow(({ stop: { signal } }) =>
      house.engine.load(testModel, { signal, onProgress() {} }),
    );
    given.stop.abort();
    await quiet();
    expect([waiting.isOver, given.isOver]).toEqual([false, true]);
    expect(house.engine.loadedModel).toBeNull();
    desk.isOpen = true;
    await pass(house, 5_000);
    expect(waiting).toMatchObject({ isOver: true, error: null });
    expect(house.engine.loadedModel).toBe('peer');
  });

  it('does not send what no host would read', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const { error } = await ask(house, requestOf('', 100, 'ü'.repeat(600_000)));
    expect(error).toMatchObject({
      code: 'context-full',
      message: 'This conversation is too long to be sent to another device. Start a new chat.',
    });
    expect(house.view(desk)?.step).toBe('ready');
    expect(runsOf(desk)).toBe(0);
  });

  it('says that no device is paired', async () => {
    const house = await makeHouse();
    expect(await house.engine.missing(testModel)).toMatch(/^No other device is paired/);
    await house.pair('Desk');
    expect(await house.engine.missing(testModel)).toBeNull();
  });
});
