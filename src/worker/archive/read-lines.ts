import { AppError } from '../../shared/errors.ts';

/** Longest line, in UTF-16 units: some hundred of the longest messages, and far below what a string can hold. */
const longestLine = 2 ** 28;

/** The lines of a file of any size, one at a time, without their ends. Blank ones are left out. */
export async function* readLines(file: Blob): AsyncGenerator<string> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  // In pieces until its end comes: to join them each time would take the square of a long line's length.
  let pieces: string[] = [];
  let length = 0;
  for (;;) {
    const { done, value = '' } = await reader.read();
    const [first = '', ...others] = value.split('\n');
    pieces.push(first);
    length += first.length;
    if (length > longestLine) throw new AppError('bad-input', 'A line of this file is too long to be read.');
    for (const next of others) {
      const line = pieces.join('').trim();
      if (line !== '') yield line;
      pieces = [next];
      length = next.length;
    }
    if (!done) continue;
    const last = pieces.join('').trim();
    if (last !== '') yield last;
    return;
  }
}
