import { expect, it } from 'vitest';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import type { Guest } from '../../../src/p2p/session/guest.ts';
import { newId, type ConversationId, type MessageId, type TabId } from '../../../src/shared/ids.ts';
import { makeEnginePanel } from '../../../src/worker/engine-panel.ts';
import type { EngineEvent, GenerateRequest } from '../../../src/worker/engines/engine.ts';
import { makeModelSlot } from '../../../src/worker/model-slot.ts';
import { makeDeviceRuns } from '../../../src/worker/runs/device-run.ts';
import { makeOutsideRuns } from '../../../src/worker/runs/outside-run.ts';
import { makeRunLoop } from '../../../src/worker/runs/run-loop.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { testModel } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';
import { bodyOf, makeHostBench, pairWith, settle } from '../p2p/harness.ts';

/** Tokens that a client may use per round, as in `fair-queue.ts`. */
const quantum = 256;

/** Always writes as many tokens as it is asked for, and lets that much time pass for everybody. */
class SteadyEngine extends ManualEngine {
  /** In tokens of all answers together. */
  now = 0;
  readonly clock = makeFakeClock(1_800_000_000_000);
  override async *generate({ sampling }: GenerateRequest, signal: AbortSignal): AsyncIterable<EngineEvent> {
    yield { type: 'start', firstTurn: 0, promptTokens: 1, readTokens: 1 };
    for (let left = sampling.maxTokens; left > 0 && !signal.aborted; left -= 20) {
      this.now += Math.min(20, left);
      this.clock.advance(500);
      await settle();
      yield { type: 'text', text: 'word ', tokens: Math.min(20, left) };
    }
    yield { type: 'done', finishReason: 'length' };
  }
}

interface Share {
  who: string;
  answers: number;
  tokens: number;
  /** Tokens that the GPU made for others between a question and the first token of its answer. */
  waits: number[];
  /** Questions, answered or not. */
  asked: number;
}

const guests = [
  { name: 'Phone', maxTokens: 40 },
  { name: 'Tablet', maxTokens: 200 },
  { name: 'Old laptop', maxTokens: 480 },
];
const localTokens = 120;
const localAnswers = 10;
/** Tokens after which the guests ask no more. */
const until = 8_000;

function makeCore() {
  const engine = new SteadyEngine();
  const panel = makeEnginePanel(() => {});
  const slot = makeModelSlot(engine, panel, testModel);
  const loop = makeRunLoop(panel);
  return { engine, loop, generate: makeDeviceRuns(makeOutsideRuns({ engine, slot, panel, loop })) };
}

type Core = ReturnType<typeof makeCore>;

const newShare = (who: string): Share => ({ who, answers: 0, tokens: 0, waits: [], asked: 0 });

/** A guest that always has two questions open, until enough has been made for all. */
async function askOnAndOn(core: Core, guest: Guest, share: Share, maxTokens: number): Promise<void> {
  const { engine } = core;
  const one = async (): Promise<void> => {
    while (engine.now < until) {
      share.asked += 1;
      const asked = engine.now;
      const signal = new AbortController().signal;
      for await (const event of guest.request(bodyOf('Hi', maxTokens), { signal })) {
        if (event.type === 'start') share.waits.push(engine.now - asked);
        if (event.type === 'text' && engine.now < until) share.tokens += event.tokens;
        if (event.type === 'done') share.answers += 1;
        if (event.type === 'refused') throw new Error(`${share.who} was refused: ${event.reason}`);
      }
    }
  };
  await Promise.all([one(), one()]);
}

/** The person at this device: asks, reads, asks again. */
async function chat({ engine, loop }: Core, share: Share): Promise<void> {
  const tabId = newId<TabId>();
  const conversationId = newId<ConversationId>();
  for (let turn = 0; turn < localAnswers; turn += 1) {
    const asked = engine.now;
    share.asked += 1;
    await new Promise<void>((resolve) => {
      loop.enqueue({
        messageId: newId<MessageId>(),
        conversationId,
        client: { type: 'tab', tabId },
        async write(signal) {
          share.waits.push(engine.now - asked);
          const sampling = { temperature: 0, topP: 1, maxTokens: localTokens, seed: 1 };
          const request = { model: testModel, turns: [], prefix: '', sampling };
          for await (const event of engine.generate(request, signal)) {
            if (event.type === 'text') share.tokens += event.tokens;
          }
          share.answers += 1;
          return localTokens;
        },
        leave: async () => {},
        onEnd: resolve,
      });
    });
  }
}

function print(shares: Share[]): void {
  const total = shares.reduce((sum, { tokens }) => sum + tokens, 0);
  const rows = shares.map(({ who, answers, tokens, waits }) => [
    who,
    String(answers),
    String(tokens),
    `${((100 * tokens) / total).toFixed(1)} %`,
    String(Math.round(waits.reduce((sum, wait) => sum + wait, 0) / waits.length)),
    String(Math.max(...waits)),
  ]);
  const head = ['who', 'answers', 'tokens', 'share', 'mean wait', 'longest wait'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = [head, ...rows].map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | '),
  );
  process.stdout.write(`\nWaits are in tokens made for others.\n${lines.join('\n')}\n\n`);
}

it('one GPU: the person there goes first, three guests share what is left, nobody starves', async () => {
  const core = makeCore();
  const bench = makeHostBench({ generate: core.generate, clock: core.engine.clock });
  const local = newShare('Person there');
  const shares: Share[] = [];
  const work: Promise<void>[] = [];
  for (const { name, maxTokens } of guests) {
    const { phone } = await pairWith({ ...bench, clock: core.engine.clock }, { name });
    await bench.host.setPolicy(phone.options.key.id, { ...defaultPolicy, running: 2 });
    await settle();
    const share = newShare(name);
    shares.push(share);
    work.push(askOnAndOn(core, phone.guest, share, maxTokens));
  }
  await settle();
  work.push(chat(core, local));
  await Promise.all(work);
  print([local, ...shares]);

  const longestTurn = Math.max(...guests.map(({ maxTokens }) => maxTokens));
  // Whoever is at the computer waits for the answer under way, and for nothing else.
  expect(Math.max(...local.waits)).toBeLessThanOrEqual(longestTurn);
  expect(local).toMatchObject({ answers: localAnswers, tokens: localAnswers * localTokens });
  // Equal to within one turn and what a round gives.
  const tokens = shares.map((share) => share.tokens);
  expect(Math.max(...tokens) - Math.min(...tokens)).toBeLessThanOrEqual(longestTurn + quantum);
  for (const { answers, asked } of shares) expect(answers).toBe(asked);
  // Each question waits at most for its own earlier one, and for as many rounds of the others as a long turn costs.
  const round = guests.length * (longestTurn + quantum) + localAnswers * localTokens;
  for (const { waits } of shares) expect(Math.max(...waits)).toBeLessThanOrEqual(2 * round);
}, 60_000);

/** Reads prompts of a thousand tokens, and writes as many as it is asked for. */
class ReadingEngine extends ManualEngine {
  override async *generate({ sampling }: GenerateRequest): AsyncIterable<EngineEvent> {
    yield { type: 'start', firstTurn: 0, promptTokens: 1000, readTokens: 1000 };
    yield { type: 'text', text: 'word ', tokens: sampling.maxTokens };
    yield { type: 'done', finishReason: 'length' };
  }
}

it('long questions with short answers are paid for too', async () => {
  const engine = new ReadingEngine();
  const panel = makeEnginePanel(() => {});
  const slot = makeModelSlot(engine, panel, testModel);
  const run = makeOutsideRuns({ engine, slot, panel, loop: makeRunLoop(panel) });
  const order: string[] = [];
  const ask = async (programId: string, maxTokens: number): Promise<void> => {
    const client = { type: 'program' as const, programId, name: programId };
    const request = { client, turns: [], prefix: '', sampling: { maxTokens } };
    for await (const event of run(request, new AbortController().signal)) {
      if (event.type === 'done') order.push(programId);
    }
  };
  await Promise.all([
    ...[400, 400].map((maxTokens) => ask('writes', maxTokens)),
    ...Array.from({ length: 40 }, () => ask('reads', 1)),
  ]);
  expect(order.lastIndexOf('writes')).toBeLessThan(10);
});
