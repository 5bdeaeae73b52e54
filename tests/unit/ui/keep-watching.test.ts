import { expect, test, vi } from 'vitest';
import { keepWatching } from '../../../src/ui/state/follow-watch.ts';

const handlers = { onSnapshot: () => {}, onEvents: () => {} };

test('a watch that the core could not begin is asked for again, until it can or nobody wants it', async () => {
  vi.useFakeTimers();
  try {
    const ask = vi.fn<(port: MessagePort) => Promise<void>>();
    ask.mockRejectedValueOnce(new Error('The disk did not answer.')).mockResolvedValue();
    const end = keepWatching<'conversations'>(ask, handlers);
    await vi.runAllTimersAsync();
    expect(ask).toHaveBeenCalledTimes(2);
    end();

    ask.mockReset().mockRejectedValue(new Error('The disk does not answer.'));
    const endAnother = keepWatching<'conversations'>(ask, handlers);
    await vi.advanceTimersByTimeAsync(0);
    endAnother();
    await vi.runAllTimersAsync();
    expect(ask).toHaveBeenCalledTimes(1);
  } finally {
    vi.useRealTimers();
  }
});
