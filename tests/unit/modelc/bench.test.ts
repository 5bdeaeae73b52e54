import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

/** In no round is a browser opened. */
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ['tools/modelc/browser/bench.mjs', '--rounds', '0', ...args], {
    encoding: 'utf8',
  });

test("without a folder, the built-in model's newest revision is measured", () => {
  const { status, stdout } = bench();
  expect(stdout).toContain('| committed |');
  expect(stdout).not.toContain('undefined');
  expect(status).toBe(0);
});

const config = 'public/models/pocket/config.json';

test.each([
  [['--rounds', 'many'], 'The rounds are a whole number, not many.'],
  [[`a=${config}`, `a=${config}`], 'Each library needs a name of its own.'],
  [['a=none.wasm'], `The library ${resolve('none.wasm')} does not exist.`],
  [['a=x=y.wasm'], `The library ${resolve('x=y.wasm')} does not exist.`],
  [['a'], 'a is not NAME=LIBRARY.wasm.'],
  [['--fast'], 'bench [NAME=LIBRARY.wasm …]'],
])('what cannot be measured is said in a sentence: %j', (args, sentence) => {
  const { status, stderr } = bench(...args);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('    at ');
  expect(status).toBe(2);
});

test('a folder that is missing is said in a sentence', () => {
  const folder = resolve('no', 'such', 'folder');
  const { status, stderr } = bench('--model', folder);
  expect(stderr.trim()).toBe(`The model folder ${folder} does not exist.`);
  expect(status).toBe(2);
});
