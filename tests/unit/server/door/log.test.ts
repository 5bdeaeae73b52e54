import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { openDoorHouse } from '../../../support/door-house.ts';
import { ManualEngine } from '../../../support/manual-engine.ts';

const folder = mkdtempSync(join(tmpdir(), 'hearth-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

const apiKeys = ['sk-of-the-person', 'sk-of-a-friend'];
const secret = 'The treasure lies under the oak.';

/** Asks once with a secret prompt that spells out a key, once with a wrong key; returns the log, and all that was printed. */
async function askAround(name: string, logsRequests: boolean): Promise<{ log: string; printed: string }> {
  const printed: unknown[] = [];
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((how) =>
    vi.spyOn(console, how).mockImplementation((...words) => void printed.push(...words)),
  );
  const logFile = join(folder, name);
  const engine = new ManualEngine();
  engine.standardAnswer = 'I know.';
  const house = await openDoorHouse({ engine, door: { apiKeys, logFile, logsRequests } });
  const content = `${secret} My key is ${apiKeys[1]}.`;
  await house.post({ messages: [{ role: 'user', content }] });
  await house.post({}, { headers: { authorization: 'Bearer sk-that-is-wrong' } });
  const metrics = await (
    await fetch(`${house.url}/metrics`, { headers: { authorization: `Bearer ${apiKeys[0]}` } })
  ).text();
  await house.close();
  for (const spy of spies) spy.mockRestore();
  await expect.poll(() => statSync(logFile).isFile()).toBe(true);
  return { log: readFileSync(logFile, 'utf8'), printed: `${printed.join('\n')}\n${metrics}` };
}

test('with --disable-log-requests no word of a prompt is kept, and no key ever', async () => {
  const { log, printed } = await askAround('quiet.jsonl', false);
  for (const word of [...apiKeys, 'sk-that-is-wrong', 'treasure', 'I know']) {
    expect(log).not.toContain(word);
    expect(printed).not.toContain(word);
  }
});

test('otherwise the named file has a line for each request, without keys, that only its owner may read', async () => {
  const { log, printed } = await askAround('requests.jsonl', true);
  const [line] = log.trim().split('\n');
  expect(JSON.parse(line ?? '')).toMatchObject({
    type: 'request',
    client: 'API key 1',
    route: '/v1/chat/completions',
    status: 200,
    promptTokens: 1,
    completionTokens: 100,
    request: { messages: [{ content: `${secret} My key is [key].` }] },
  });
  for (const key of [...apiKeys, 'sk-that-is-wrong']) expect(log).not.toContain(key);
  expect(printed).not.toContain('treasure');
  expect(statSync(join(folder, 'requests.jsonl')).mode & 0o077).toBe(0);
});

test.each([true, false])('a client that hung up is not logged as answered (streamed: %s)', async (stream) => {
  const logFile = join(folder, `hung-up-${stream}.jsonl`);
  const engine = new ManualEngine();
  const house = await openDoorHouse({ engine, door: { logFile } });
  const client = new AbortController();
  const sent = house.post({ stream }, { signal: client.signal });
  await expect.poll(() => engine.requests.length).toBe(1);
  engine.write('Hel');
  if (stream) await (await sent).body?.getReader().read();
  client.abort();
  await sent.catch(() => {});
  await expect.poll(() => readFileSync(logFile, 'utf8')).toContain('"status":499');
  engine.standardAnswer = 'Hello.';
  await house.post({ stream });
  await expect.poll(() => readFileSync(logFile, 'utf8')).toContain('"status":200');
  await house.close();
});

test('metrics count requests, tokens, errors and engines', async () => {
  const engine = new ManualEngine();
  engine.standardAnswer = 'Hello.';
  const house = await openDoorHouse({ engine });
  await house.post({});
  await house.post({ model: 'gpt-4' });
  const response = await fetch(`${house.url}/metrics`);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain;.*version=0\.0\.4/);
  const text = await response.text();
  for (const line of [
    'hearth_requests_total{route="/v1/chat/completions",status="200"} 1',
    'hearth_requests_total{route="/v1/chat/completions",status="404"} 1',
    'hearth_tokens_total{kind="completion"} 100',
    'hearth_errors_total{code="model_not_found"} 1',
    'hearth_engines 1',
    'hearth_queue 0',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  await house.close();
});
