import { expect, test } from 'vitest';
import { makePartStore } from '../../../src/worker/models/part-store.ts';
import { makeMemoryCaches } from '../../support/memory-caches.ts';

test('what a death leaves of pieces that were being cleared is found, and cleared the next time', async () => {
  const caches = makeMemoryCaches();
  const parts = makePartStore(caches);
  for (let index = 0; index < 12; index++) await parts.add('file', index, new Blob(['piece']), null);
  await parts.add('file2', 0, new Blob(['other']), null);
  const cache = await caches.open('hearth/parts');
  let deletions = 0;
  const dying = new Proxy(cache, {
    get: (target, name: keyof Cache) =>
      name === 'delete' && ++deletions > 3
        ? () => Promise.reject(new Error('The browser was closed.'))
        : target[name],
  });
  const dyingParts = makePartStore({ open: async () => dying } as unknown as CacheStorage);
  await expect(dyingParts.clear('file')).rejects.toThrow('closed');
  expect(await parts.open('file')).toMatchObject({ parts: 9, bytes: 45 });
  await parts.clear('file');
  expect(await caches.bytes()).toBe('other'.length);
});
