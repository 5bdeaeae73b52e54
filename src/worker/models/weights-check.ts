import type { FolderReader } from './folder-reader.ts';
import type { LibraryMetadata } from './library-file.ts';
import type { WeightsList } from './model-files.ts';
import { problemOf } from './file-store.ts';

export interface Tensor {
  shape: number[];
  dtype: string;
}

export const tensorsOf = (list: WeightsList): Map<string, Tensor> =>
  new Map(
    list.records.flatMap(({ records }) => records.map(({ name, shape, dtype }) => [name, { shape, dtype }])),
  );

/** Whether every tensor lies within its file. */
export function listProblems(list: WeightsList, listName: string): string[] {
  return list.records.flatMap(({ dataPath, nbytes, records }) => {
    const outside = records.find((record) => record.byteOffset + record.nbytes > nbytes);
    return outside
      ? [
          `${listName}: ${outside.name} lies beyond the end of ${dataPath}. The list belongs to another model; get both again.`,
        ]
      : [];
  });
}

const show = ({ shape, dtype }: { shape: (number | string)[]; dtype: string }): string =>
  `[${shape.join(', ')}] ${dtype}`;

/** The most that is told of one kind: a wrong model has hundreds. */
const mostTold = 3;

/**
 * Compares a folder's tensors with what a library will ask for, one by one in the library's order. For the folders of 2023, whose
 * tensors have numbers for names, this is what tells whether they are in the order that the library takes them in.
 */
export function tensorProblems(
  tensors: Map<string, Tensor>,
  { params }: LibraryMetadata,
  libraryName: string,
): string[] {
  const problems = params.flatMap(({ name, shape, dtype }) => {
    const found = tensors.get(name);
    if (!found) return [`${name} is missing from the weights, and ${libraryName} needs it.`];
    const isSame =
      found.dtype === dtype &&
      found.shape.length === shape.length &&
      shape.every((size, axis) => typeof size === 'string' || size === found.shape[axis]);
    return isSame
      ? []
      : [`${name} is ${show(found)} in the weights, and ${libraryName} needs ${show({ shape, dtype })}.`];
  });
  if (problems.length === 0) return [];
  const more = problems.length - mostTold;
  return [
    ...problems.slice(0, mostTold),
    ...(more > 0 ? [`And ${more} more of this kind.`] : []),
    'The weights are for another library: convert them for this one, or bring the library that was compiled for them.',
  ];
}

/** The files of a disk are all here: each is looked at, and its hash too where the list has one. */
export async function shardProblems(
  list: WeightsList,
  prefix: string,
  reader: FolderReader,
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  for (const { dataPath, nbytes, md5sum } of list.records) {
    signal.throwIfAborted();
    const blob = await reader.read(prefix + dataPath);
    if (!blob) {
      problems.push(`${dataPath} is missing. Copy it into the folder: the weights' list names it.`);
      continue;
    }
    const hash = md5sum === undefined ? null : { type: 'md5' as const, hex: md5sum };
    const problem = await problemOf(
      { name: dataPath, store: 'webllm/model', key: '', url: '', bytes: nbytes, hash },
      [blob],
    );
    if (problem !== null) problems.push(problem);
  }
  return problems;
}
