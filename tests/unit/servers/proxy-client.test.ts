import { expect, test, vi } from 'vitest';
import { makeProxyClient } from '../../../src/worker/servers/proxy-client.ts';

const target = { url: 'http://other.invalid/v1', key: '' };

/** A local server that was stopped in its terminal: it takes every question and answers none. */
function askStopped() {
  const asked: AbortSignal[] = [];
  const client = makeProxyClient({
    appBase: new URL('http://localhost/'),
    bases: () => [target.url],
    fetch: (_input, init) =>
      new Promise((_, reject) => {
        const signal = init?.signal ?? new AbortController().signal;
        asked.push(signal);
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  });
  const controller = new AbortController();
  return { asked, controller, answer: client.ask(target, 'models', null, controller.signal) };
}

test('who stops waiting for a local server that stands still is free at once', async () => {
  const { asked, controller, answer } = askStopped();
  await expect.poll(() => asked).toHaveLength(1);
  controller.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
});

test('a local server that stands still is given up after a while', async () => {
  const patience = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
  const { asked, answer } = askStopped();
  await expect.poll(() => asked).toHaveLength(1);
  timeout.mockRestore();
  patience.abort();
  await expect(answer).rejects.toMatchObject({ kind: 'no-proxy' });
});
