import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const folder = new URL('../../../public/models/pocket/', import.meta.url);

test("the built-in model's files are those of their list, all of them", async () => {
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
});
