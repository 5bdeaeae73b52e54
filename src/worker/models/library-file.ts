import * as v from 'valibot';

/** What a model library says of itself. */
const Metadata = v.object({
  quantization: v.optional(v.string(), 'unknown'),
  context_window_size: v.optional(v.number(), -1),
  /** What it was compiled from, where its maker says so. */
  config: v.optional(v.unknown()),
  params: v.array(
    v.object({
      name: v.string(),
      /** Sizes that are open until the model is loaded have a name. */
      shape: v.array(v.union([v.number(), v.string()])),
      dtype: v.string(),
    }),
  ),
});
export type LibraryMetadata = v.InferOutput<typeof Metadata>;

/** What web-llm 0.2.86 gives a library, and what it needs of one (its runtime's `EmccWASI` and `validateInstance`). */
const offered = new Set([
  'TVMFFIWasmFunctionDeleter',
  'TVMFFIWasmSafeCall',
  'clock_time_get',
  'emscripten_notify_memory_growth',
  'environ_get',
  'environ_sizes_get',
  'fd_close',
  'fd_read',
  'fd_seek',
  'fd_write',
  'proc_exit',
  '__cxa_thread_atexit',
  '__console_log',
]);
const needed = ['memory', '_initialize', 'TVMWasmAllocSpace', 'TVMFFIFunctionCall', 'TVMFFIObjectIncRef'];

export interface LibraryFile {
  /** Null when it is none, or says nothing of itself. */
  metadata: LibraryMetadata | null;
  /** Why web-llm cannot load it, as a sentence; null when it can. */
  problem: string | null;
}

/** Looks into a model library without running it. */
export async function readLibrary(name: string, bytes: ArrayBuffer): Promise<LibraryFile> {
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(bytes);
  } catch {
    return {
      metadata: null,
      problem: `${name} is no WebAssembly file, or is cut off. Get the model library again.`,
    };
  }
  const unknown = WebAssembly.Module.imports(module).filter(({ name: wanted }) => !offered.has(wanted));
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name: given }) => given));
  const missing = needed.filter((wanted) => !exported.has(wanted));
  if (unknown.length > 0 || missing.length > 0) {
    const sign = missing[0] ?? unknown[0]?.name ?? '';
    return {
      metadata: null,
      problem: `${name} was made for another version of web-llm (${sign}). Take a library for web-llm 0.2.86.`,
    };
  }
  return { metadata: metadataIn(bytes), problem: null };
}

const begin = new TextEncoder().encode('{"model_type"');

/** The text that a library's `_metadata` function returns stands in its data as it is. */
function metadataIn(buffer: ArrayBuffer): LibraryMetadata | null {
  const bytes = new Uint8Array(buffer);
  for (let at = bytes.indexOf(123); at >= 0; at = bytes.indexOf(123, at + 1)) {
    if (!begin.every((byte, index) => bytes[at + index] === byte)) continue;
    const end = endOfObject(bytes, at);
    const json = new TextDecoder().decode(bytes.subarray(at, end));
    const result = v.safeParse(v.pipe(v.string(), v.parseJson(), Metadata), json);
    if (result.success) return result.output;
    // What was looked through is not looked through again: a file full of beginnings would take hours.
    at = end;
  }
  return null;
}

/** After the brace that closes the one at `from`, or where the text ends before it does. The names in it have no braces. */
function endOfObject(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === 123) depth += 1;
    else if (bytes[at] === 125 && --depth === 0) return at + 1;
    else if (bytes[at] === 0) return at;
  }
  return bytes.length;
}
