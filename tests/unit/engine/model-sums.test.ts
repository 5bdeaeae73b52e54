import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { libraries } from '../../../src/worker/models/our-models.ts';

test.for(['pocket', 'openchat', 'smollm2'])(
  'the files of %s are those of their list, all of them',
  async (name) => {
    const folder = new URL(`../../../public/models/${name}/`, import.meta.url);
    const list = await readFile(new URL('SHA256SUMS', folder), 'utf8');
    const sums = list
      .trim()
      .split('\n')
      .map((line) => line.split('  '));
    const [revision = '', ...others] = await readdir(new URL('resolve/', folder));
    expect(others).toEqual([]);
    const files = await readdir(new URL(`resolve/${revision}/`, folder));
    expect(sums.map(([, path]) => path)).toEqual(files.sort().map((file) => `resolve/${revision}/${file}`));
    for (const [sum, path = ''] of sums) {
      const bytes = await readFile(new URL(path, folder));
      expect(createHash('sha256').update(bytes).digest('hex'), path).toBe(sum);
    }
  },
);

test('the libraries that a download is checked against are these', async () => {
  for (const { path, sha256 } of libraries) {
    const [name = '', ...rest] = path.split('/');
    const list = await readFile(
      new URL(`../../../public/models/${name}/SHA256SUMS`, import.meta.url),
      'utf8',
    );
    expect(list).toContain(`${sha256}  ${rest.join('/')}`);
  }
});
