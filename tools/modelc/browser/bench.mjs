// npm run modelc -- bench [NAME=LIBRARY.wasm …] [--model FOLDER] [--rounds N] [--short]
// Loads each library in a fresh browser on software WebGPU and measures it, one after the other in every round, so that
// whatever else the machine does meets all of them alike. Prints the median and the range as a table.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Problem } from '../../../scripts/problem.mjs';
import { inRepo } from '../../../scripts/repo.mjs';
import { outcomeOf } from './open.mjs';

const columns = {
  load: 'load, s',
  pipelines: 'pipelines',
  dispatches: 'dispatches per token',
  decode50: 'decode at 50, tokens/s',
  fast50: 'the same, fastest tenth',
  decode1500: 'decode at 1500, tokens/s',
  fast1500: 'the same, fastest tenth',
  prefill18: 'prefill of 18, tokens/s',
  prefill250: 'prefill of 250, tokens/s',
  prefill1468: 'prefill of 1468, tokens/s',
};

/** The built-in model's newest revision: its folder is a number, which goes up whenever a file changes. */
function committedModel() {
  const folder = inRepo('public', 'models', 'pocket', 'resolve');
  return join(folder, String(Math.max(...readdirSync(folder).map(Number).filter(Number.isInteger))));
}

const usage = 'bench [NAME=LIBRARY.wasm …] [--model FOLDER] [--rounds N] [--short]';
const from = resolve(process.env['INIT_CWD'] ?? '.');

function asked() {
  try {
    return parseArgs({
      args: process.argv.slice(2),
      allowPositionals: true,
      options: {
        model: { type: 'string' },
        rounds: { type: 'string', default: '3' },
        short: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new Problem(`${/** @type {Error} */ (error).message}\n${usage}`);
  }
}

function libraries(/** @type {string} */ model, /** @type {string[]} */ positionals) {
  if (!statSync(model, { throwIfNoEntry: false })?.isDirectory())
    throw new Problem(`The model folder ${model} does not exist.`);
  const named = positionals.map((word) => {
    const [, name, path] = /^([^=]+)=(.+)$/.exec(word) ?? [];
    if (!name || !path) throw new Problem(`${word} is not NAME=LIBRARY.wasm.`);
    if (!statSync(resolve(from, path), { throwIfNoEntry: false })?.isFile())
      throw new Problem(`The library ${resolve(from, path)} does not exist.`);
    return { name, path: resolve(from, path) };
  });
  if (new Set(named.map(({ name }) => name)).size < named.length)
    throw new Problem('Each library needs a name of its own.');
  if (named.length > 0) return named;
  const found = readdirSync(model).find((name) => name.endsWith('.wasm'));
  if (!found) throw new Problem(`There is no library in ${model}; name one as NAME=LIBRARY.wasm.`);
  return [{ name: 'committed', path: join(model, found) }];
}

async function measure(
  /** @type {string} */ model,
  /** @type {string} */ library,
  /** @type {string} */ job,
) {
  const found = await outcomeOf('bench', (path) => {
    if (path === 'library.wasm') return library;
    if (path === 'bench.json') return job;
    return join(model, path.replace('model/resolve/main/', ''));
  });
  // Of a stack the first line is the sentence.
  if (found.error) throw new Problem(`${library}: ${String(found.error).split('\n')[0]}`);
  return found;
}

const round = (/** @type {number} */ n) => (n < 10 ? n.toFixed(2) : n.toFixed(n < 100 ? 1 : 0));

function summary(/** @type {number[]} */ numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const [low, high] = [sorted[0], sorted.at(-1)];
  const median = sorted[sorted.length >> 1];
  return low === high ? String(low) : `${round(median)} (${round(low)}–${round(high)})`;
}

async function bench() {
  const { values: options, positionals } = asked();
  if (options.help) {
    console.log(usage);
    return;
  }
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 0)
    throw new Problem(`The rounds are a whole number, not ${options.rounds}.`);
  const model = options.model === undefined ? committedModel() : resolve(from, options.model);
  const named = libraries(model, positionals);
  const folder = mkdtempSync(join(tmpdir(), 'modelc-bench-'));
  const job = join(folder, 'bench.json');
  writeFileSync(job, JSON.stringify({ long: !options.short }));
  const found = new Map(named.map(({ name }) => [name, []]));
  try {
    for (let i = 0; i < rounds; i += 1) {
      for (const { name, path } of named) {
        const one = await measure(model, path, job);
        found.get(name).push(one);
        console.error(name, JSON.stringify(one));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const texts = new Set([...found.values()].flat().map(({ text }) => text));
  if (texts.size > 1) console.log('They do not all say the same.\n');
  console.log(
    `| |${named.map(({ name }) => ` ${name} |`).join('')}\n|---|${named.map(() => '---|').join('')}`,
  );
  for (const [key, title] of Object.entries(columns)) {
    const cells = named.map(({ name }) => {
      const numbers = found.get(name).map((one) => one[key]);
      return numbers.length === 0 || numbers.includes(undefined) ? '' : summary(numbers);
    });
    if (cells.some(Boolean)) console.log(`| ${title} | ${cells.join(' | ')} |`);
  }
}
try {
  await bench();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
