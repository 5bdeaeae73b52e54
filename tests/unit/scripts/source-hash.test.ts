import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { buildId } from '../../../scripts/build-id.mjs';
import { hashSources } from '../../../scripts/source-hash.mjs';

const folder = mkdtempSync(join(tmpdir(), 'hearth-hash-'));
const hash = () => hashSources(folder, ['src', 'lock.json']);

beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'src/parts'), { recursive: true });
  writeFileSync(join(folder, 'src/parts/a.ts'), 'one');
  writeFileSync(join(folder, 'src/large.bin'), Buffer.alloc(2 << 20, 1));
  writeFileSync(join(folder, 'lock.json'), '{}');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('times do not matter: a fresh checkout has new ones', () => {
  const before = hash();
  utimesSync(join(folder, 'src/parts/a.ts'), new Date(0), new Date(0));
  expect(hash()).toBe(before);
});

test.each<[string, () => void]>([
  ['other contents', () => writeFileSync(join(folder, 'src/parts/a.ts'), 'two')],
  ['another name', () => renameSync(join(folder, 'src/parts/a.ts'), join(folder, 'src/parts/b.ts'))],
  ['a new file', () => writeFileSync(join(folder, 'src/new.ts'), '')],
  ['a file less', () => rmSync(join(folder, 'src/parts/a.ts'))],
  [
    'another size of a large file',
    () => writeFileSync(join(folder, 'src/large.bin'), Buffer.alloc(3 << 20, 1)),
  ],
  ['a change in a file that is named itself', () => writeFileSync(join(folder, 'lock.json'), '{ }')],
])('%s makes another hash', (_what, change) => {
  const before = hash();
  change();
  expect(hash()).not.toBe(before);
});

test('a build is named by its sources, unless the environment names it', () => {
  expect(buildId({})).toMatch(/^[0-9a-f]{12}$/);
  expect(buildId({})).toBe(buildId({}));
  expect(buildId({ HEARTH_BUILD_ID: 'another' })).toBe('another');
});
