import { AppError } from '../../shared/errors.ts';

/** Bytes: more than any model here can hold, and little enough to be typed after. */
const mostBytes = 250_000;

/** A text file's text. Throws `bad-input` for what is none, or too long to be read by a model. */
export async function readTextFile(file: File): Promise<string> {
  if (file.size > mostBytes)
    throw new AppError('bad-input', `${file.name} is too long: no model here can hold more than 250 kB.`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new AppError(
    'bad-input',
    `${file.name} is no text. Hearth reads files of plain text: notes, code, tables.`,
  );
}

/** A draft with a file's text behind it, fenced as code and by its name, so that a model sees where it begins and ends. */
export function withFile(draft: string, name: string, text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const [, ending = ''] = /\.([a-z0-9+#-]{1,10})$/i.exec(name) ?? [];
  const before = draft.trim() === '' ? '' : `${draft.trimEnd()}\n\n`;
  const title = name.replaceAll(/[`\s]+/g, ' ').trim();
  return `${before}${title}:\n${fence}${ending.toLowerCase()}\n${text.replace(/\n$/, '')}\n${fence}\n\n`;
}
