import { expect, test } from 'vitest';
import type { LoadProgress } from '../../../src/worker/engines/engine.ts';
import { makeLoadProgress } from '../../../src/worker/engines/load-progress.ts';

const reports = [
  ['Start to fetch params', 0],
  ['Fetching param cache[1/2]: 1MB fetched. 50% completed', 0.5],
  ['Fetching param cache[2/2]: 2MB fetched. 100% completed', 1],
  ['Loading model from cache[1/2]: 1MB loaded. 50% completed', 0.5],
  ['Loading model from cache[2/2]: 2MB loaded. 100% completed', 1],
  ['Loading GPU shader modules[1/2]: 50% completed', 0.5],
  ['Finish loading on WebGPU', 1],
] as const;

test.for([true, false])("web-llm's reports become one number that only grows (cached: %s)", (isCached) => {
  const seen: LoadProgress[] = [];
  const report = makeLoadProgress(1000, isCached, (progress) => seen.push(progress));
  for (const [text, progress] of reports) report({ text, progress });
  const shares = seen.map(({ progress }) => progress);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares[0]).toBe(0);
  expect(shares.at(-1)).toBe(1);
  expect(seen.map(({ phase }) => phase)).toEqual([
    ...Array.from({ length: 4 }, () => 'fetch'),
    'upload',
    'upload',
    'compile',
    'compile',
  ]);
  expect(seen.map(({ loadedBytes }) => loadedBytes)).toEqual([0, 0, 500, 1000, 500, 1000, 1000, 1000]);
});
