import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startHeadless } from '../../../src/server/headless-browser.ts';

test('a browser that lives on without an engine is started again', async ({ skip }) => {
  skip(process.platform === 'win32', 'Windows has no scripts that start by themselves');
  const folder = mkdtempSync(join(tmpdir(), 'hearth-browser-'));
  const executable = join(folder, 'browser');
  writeFileSync(executable, '#!/bin/sh\nsleep 600\n', { mode: 0o755 });
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const error = vi.spyOn(console, 'error').mockReturnValue();
  const hasEngine = vi.fn(() => true);
  const browser = startHeadless({
    executable,
    url: 'http://localhost/',
    profile: folder,
    flags: [],
    hasEngine,
    patienceMs: 100,
  });
  onTestFinished(() => {
    browser.close();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  // Much longer than its patience.
  await vi.waitUntil(() => hasEngine.mock.calls.length > 60, { timeout: 10_000 });
  expect(log).toHaveBeenCalledTimes(1);
  // Its tab has crashed.
  hasEngine.mockReturnValue(false);
  await vi.waitUntil(() => log.mock.calls.length > 1, { timeout: 10_000 });
  expect(error).toHaveBeenCalledWith(expect.stringContaining('started again'));
});
