import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test.for(['pocket', 'openchat', 'smollm2'])(
  'the files of %s are those of their list, all of them',
  async (name) => {
    const folder = new URL(`../../../public/models/${name}/`, import.meta.url);
    const list = await readFile(new URL('SHA256SUMS', folder), 'utf8');
    const sums = list
      .trim()
      .split('\n')
      .map((line) => line.split('  '));
    const files = await readdir(new URL('resolve/1/', folder));
    expect(sums.map(([, path]) => path)).toEqual(files.sort().map((file) => `resolve/1/${file}`));
    for (const [sum, path = ''] of sums) {
      const bytes = await readFile(new URL(path, folder));
      expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sum);
    }
  },
);
