const MAX_LENGTH = 40;

/** Control, format (text direction among them), surrogate, private and unassigned characters; lines and paragraphs. */
const unwanted = /[\p{C}\p{Zl}\p{Zp}]+/gu;

/** A name that another device gave itself, fit to be shown: one short line without tricks. Still text, never HTML. */
export function cleanName(name: string, otherwise: string): string {
  const line = name.normalize('NFKC').replace(unwanted, ' ').replace(/\s+/g, ' ').trim();
  return Array.from(line).slice(0, MAX_LENGTH).join('').trim() || otherwise;
}

/** Whether two names look alike enough for a person to take one for the other. */
export const isSameName = (a: string, b: string): boolean =>
  a.localeCompare(b, 'en', { sensitivity: 'base' }) === 0;
