import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { array, number, object, optional, parse, record, string, union, unknown } from 'valibot';
import { describe, expect, test } from 'vitest';

const models = 'public/models';
const libraries = readdirSync(models, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.wasm'))
  .map((name) => join(models, name));
const cacheBeside = (library: string) => join(dirname(library), 'tensor-cache.json');

const Shape = array(union([number(), string()]));
const Metadata = object({
  prefill_chunk_size: number(),
  context_window_size: number(),
  params: array(object({ name: string(), shape: Shape, dtype: string() })),
});
const Cache = object({
  records: array(
    object({
      dataPath: string(),
      nbytes: number(),
      md5sum: optional(string()),
      records: array(object({ name: string(), shape: Shape, dtype: string(), byteOffset: number() })),
    }),
  ),
});

const Manifest = object({
  made_by: record(string(), unknown()),
  sources: record(string(), string()),
  files: record(string(), string()),
});

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The JSON text that a library's `_metadata` returns, up to the brace that closes it. */
function metadataOf(wasm: string) {
  const begin = wasm.indexOf('{"model_type"');
  let depth = 0;
  for (let at = begin; at < wasm.length; at += 1) {
    if (wasm[at] === '{') depth += 1;
    if (wasm[at] === '}') depth -= 1;
    if (depth === 0) return parse(Metadata, JSON.parse(wasm.slice(begin, at + 1)));
  }
  throw new Error('The library has no metadata.');
}

/** Per kernel its threads, its storage buffers and its bytes of workgroup memory. */
function kernelsOf(wasm: string) {
  const entries = [...wasm.matchAll(/@workgroup_size\((\d+), (\d+), (\d+)\)\s*fn (\w+)/g)];
  let begin = 0;
  return entries.map(({ index, 1: x, 2: y, 3: z, 4: name }) => {
    const head = wasm.slice(begin, index);
    begin = index;
    const shared = [...head.matchAll(/var<workgroup>\s+\w+\s*:\s*array<(\w+)(?:<(\w+)>)?,\s*(\d+)>/g)];
    const bytes = shared.map(([, kind = '', lane, count]) => {
      const lanes = lane ? Number(kind.slice(3)) : 1;
      return Number(count) * lanes * ((lane ?? kind) === 'f16' ? 2 : 4);
    });
    return {
      name,
      threads: Number(x) * Number(y) * Number(z),
      buffers: head.split('var<storage').length - 1,
      workgroupBytes: bytes.reduce((sum, n) => sum + n, 0),
    };
  });
}

test('there are libraries to look at', () => {
  expect(libraries.length).toBeGreaterThan(0);
});

describe.each(libraries)('%s', (path) => {
  // One character per byte, so that text and positions agree.
  const wasm = readFileSync(path, 'latin1');

  test('keeps to what web-llm asks of a device', () => {
    const kernels = kernelsOf(wasm);
    expect(kernels.length).toBeGreaterThan(10);
    for (const { threads, buffers, workgroupBytes } of kernels) {
      expect(threads).toBeLessThanOrEqual(256);
      expect(buffers).toBeLessThanOrEqual(10);
      expect(workgroupBytes).toBeLessThanOrEqual(32768);
    }
  });

  test('is the one that its manifest names', () => {
    const { files, made_by, sources } = parse(
      Manifest,
      JSON.parse(readFileSync(path.replace('.wasm', '.json'), 'utf8')),
    );
    const { context_window_size, prefill_chunk_size } = metadataOf(wasm);
    expect(files).toEqual({ [basename(path)]: sha256(path) });
    expect(made_by).toMatchObject({ context: context_window_size, chunk: prefill_chunk_size, fast: false });
    const config = join(models, path.split('/')[2] ?? '', 'config.json');
    if (sources['config.json'] !== undefined) expect(sources['config.json']).toBe(sha256(config));
    else expect(Object.keys(sources)).toHaveLength(1);
  });

  test('says what it takes', () => {
    const { context_window_size, prefill_chunk_size } = metadataOf(wasm);
    expect(prefill_chunk_size).toBeGreaterThan(0);
    expect(prefill_chunk_size).toBeLessThanOrEqual(context_window_size);
  });
});

test.each(libraries.filter((library) => existsSync(cacheBeside(library))))(
  '%s finds its parameters in the weights beside it',
  (library) => {
    const { records } = parse(Cache, JSON.parse(readFileSync(cacheBeside(library), 'utf8')));
    const stored = new Map(records.flatMap((shard) => shard.records).map((record) => [record.name, record]));
    for (const { name, shape, dtype } of metadataOf(readFileSync(library, 'latin1')).params) {
      expect(stored.get(name)?.dtype).toBe(dtype);
      expect(stored.get(name)?.shape.slice(1)).toEqual(shape.slice(1));
    }
    for (const { dataPath, nbytes, md5sum } of records) {
      const data = readFileSync(join(dirname(library), dataPath));
      expect(data.length).toBe(nbytes);
      if (md5sum) expect(createHash('md5').update(data).digest('hex')).toBe(md5sum);
    }
  },
);
