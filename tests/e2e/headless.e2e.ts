import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, type ServerProcess } from '../support/app-server.ts';
import { answerTimeout } from '../support/chat-page.ts';
import { launchOptions } from '../support/chromium.ts';
import { expect, test } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';

let profile: string;
let server: ServerProcess;

test.beforeAll(async () => {
  profile = mkdtempSync(join(tmpdir(), 'hearth-headless-'));
  const { executablePath = '', args = [] } = launchOptions();
  server = await startServer('app', 0, {
    flags: ['--headless'],
    env: { HEARTH_CHROMIUM: executablePath, HEARTH_CHROMIUM_FLAGS: args.join(' '), HEARTH_PROFILE: profile },
  });
});
test.afterAll(async () => {
  await server.stop();
  rmSync(profile, { recursive: true, force: true });
});

const ask = (body: object): Promise<Response> =>
  fetch(`${server.url}v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openchat_3.5', temperature: 0, ...body }),
  });
const capital = { messages: [{ role: 'user', content: 'What is the capital of France?' }] };

/** The process of the browser that answers now. */
function browser(): number {
  const last = server.printed.findLast((line) => line.includes('without a window'));
  return Number(/process (\d+)/.exec(last ?? '')?.[1]);
}

test('a server without a window answers, and its browser may be killed in the middle of an answer', async () => {
  const first = await ask(capital);
  expect(await first.json()).toMatchObject({
    choices: [{ message: { content: 'The capital of France is Paris.' } }],
  });

  const story = await ask({ messages: [{ role: 'user', content: longQuestion }], stream: true });
  const killed = browser();
  let text = '';
  const body = story.body as ReadableStream<Uint8Array<ArrayBuffer>>;
  for await (const bytes of body.pipeThrough(new TextDecoderStream())) {
    if (text === '') process.kill(-killed, 'SIGKILL');
    text += bytes;
  }
  const events = text.trim().split('\n\n');
  expect(events.at(-1)).toContain('"code":"engine_lost"');
  expect(text).not.toContain('[DONE]');

  // Asked at once: it waits for the browser that is started in the place of the dead one.
  const next = await ask(capital);
  expect(next.status).toBe(200);
  expect(await next.json()).toMatchObject({
    choices: [{ message: { content: 'The capital of France is Paris.' } }],
  });
  expect(browser()).not.toBe(killed);
});

test('who asks before the browser has loaded its model waits for it', async () => {
  test.setTimeout(answerTimeout);
  process.kill(-browser(), 'SIGKILL');
  const responses = await Promise.all([ask(capital), ask(capital)]);
  expect(responses.map(({ status }) => status)).toEqual([200, 200]);
});
