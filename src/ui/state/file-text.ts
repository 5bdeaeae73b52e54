import { longestCounted } from '../../shared/core-api.ts';
import { AppError } from '../../shared/errors.ts';

/** A text file's text. Throws `bad-input` for what is none, or too long. */
export async function readTextFile(file: File): Promise<string> {
  if (file.size > longestCounted) throw new AppError('bad-input', `${file.name} is longer than 250 kB.`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding = markedEncoding(bytes);
  const text = encoding ? decode(bytes, encoding) : (decode(bytes, 'utf-8') ?? decodeWestern(bytes));
  if (text !== null && !text.includes('\0')) return text;
  throw new AppError(
    'bad-input',
    `${file.name} is no text. Hearth reads files of plain text: notes, code, tables.`,
  );
}

/** What a byte order mark tells. UTF-8's own need not be asked: that is tried first anyway. */
function markedEncoding([first, second]: Uint8Array): string | null {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : null;
}

/** Null for what is not in this encoding. */
function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Older Western text. Every byte means something in it: only control characters tell that a file is no text. */
function decodeWestern(bytes: Uint8Array): string | null {
  const text = new TextDecoder('windows-1252').decode(bytes);
  return /[^\P{Cc}\t-\r]/u.test(text) ? null : text;
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
