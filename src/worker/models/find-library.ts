import { hashOf } from './file-hash.ts';
import { fetchOwn } from './fetch-small.ts';
import type { FolderReader } from './folder-reader.ts';
import { differenceOf } from './hyperparameters.ts';
import type { InspectTools } from './inspect-folder.ts';
import { readLibrary, type LibraryMetadata } from './library-file.ts';
import { configName, isPlainPath } from './model-files.ts';
import { libraries } from './our-models.ts';
import type { Tensor } from './weights-check.ts';

export interface FoundLibrary {
  /** The file's name, for people. */
  name: string;
  /** An address, or the name in the folder. */
  address: string;
  sha256: string;
  metadata: LibraryMetadata | null;
  /** Which of our models it is; null when it came with the folder. */
  modelId: string | null;
}

/** The library for a folder's weights: one that lies beside them, or one of ours. Adds to `problems` when there is none. */
export async function findLibrary(
  reader: FolderReader,
  tensors: Map<string, Tensor>,
  tools: InspectTools,
  problems: string[],
): Promise<FoundLibrary | null> {
  const inFolder = reader.names?.find((name) => name.endsWith('.wasm'));
  const ours = libraries.find(({ tensors: signs }) =>
    Object.entries(signs).every(([name, [shape, dtype]]) => {
      const tensor = tensors.get(name);
      return tensor?.dtype === dtype && String(tensor.shape) === String(shape);
    }),
  );
  const cure =
    reader.names === null
      ? 'Download the folder, put the .wasm file that was compiled for them into it, and add it from this disk.'
      : 'Put the .wasm file that was compiled for them into the folder.';
  if (inFolder === undefined && !ours) {
    const others = reader.names === null ? ', and of an address it sees no others' : '';
    problems.push(`Hearth has no model library for these weights${others}. ${cure}`);
    return null;
  }
  if (inFolder !== undefined && !isPlainPath(inFolder)) {
    problems.push(`${inFolder} is no plain name for a model library. Call it library.wasm, for example.`);
    return null;
  }
  const address = inFolder ?? new URL(`models/${ours?.path}`, tools.appBase).href;
  const name = address.split('/').at(-1) ?? address;
  const blob = inFolder === undefined ? await fetchOwn(new URL(address), tools) : await reader.read(inFolder);
  if (!blob) throw new Error(`${name} was listed and is not there.`);
  const sha256 = await hashOf([blob], 'sha256');
  // A library from the folder is pinned as it is now; ours as it was built.
  if (inFolder === undefined && sha256 !== ours?.sha256) {
    problems.push(`${name} is not the library that belongs to this version of Hearth. Reload this page.`);
    return null;
  }
  const { metadata, problem } = await readLibrary(name, await blob.arrayBuffer());
  if (problem !== null) {
    problems.push(problem);
    return null;
  }
  const odd = differenceOf(metadata?.config, await (await reader.read(configName))?.text());
  if (odd !== null) {
    problems.push(`${name} was compiled for weights of another model: ${odd}. ${cure}`);
    return null;
  }
  return {
    name,
    address,
    sha256,
    metadata,
    modelId: inFolder === undefined ? (ours?.modelId ?? null) : null,
  };
}
