const mostLines = 20;
/** UTF-16 units. */
const mostCharacters = 2_000;

/** The beginning of a text too long to stand in full between others; null where it is not. */
export function foldText(text: string): string | null {
  const whole = text.trimEnd();
  const lines = whole.split('\n', mostLines + 1);
  if (lines.length <= mostLines && whole.length <= mostCharacters) return null;
  const beginning = lines.slice(0, mostLines).join('\n').slice(0, mostCharacters);
  // Not half of a character that two units make up.
  return beginning.replace(/[\uD800-\uDBFF]$/, '');
}
