/** Hands a person a file, as their browser's downloads do. */
export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A title as the name of a file on any system: letters of every script stay, with their marks. */
export function fileNameOf(title: string, ending: string): string {
  const safe = title
    .replaceAll(/[^\p{L}\p{M}\p{N}.\- ]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
    .trim()
    .slice(0, 80)
    .trim();
  return `${safe || 'Conversation'}.${ending}`;
}
