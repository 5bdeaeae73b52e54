/** Numbers as people read them, in the language of the app. */

const number = (digits: number) => new Intl.NumberFormat('en', { maximumFractionDigits: digits });
const whole = number(0);
const oneDigit = number(1);
const twoDigits = number(2);

export const formatNumber = (value: number): string => twoDigits.format(value);

/** In powers of ten, as disks and downloads are sold. */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${whole.format(Math.ceil(bytes / 1e3))} kB`;
  return bytes < 1e9 ? `${oneDigit.format(bytes / 1e6)} MB` : `${oneDigit.format(bytes / 1e9)} GB`;
}

export const formatSpeed = (tokensPerSecond: number): string =>
  `${(tokensPerSecond < 10 ? oneDigit : whole).format(tokensPerSecond)} tokens/s`;

export const formatSeconds = (milliseconds: number): string => `${oneDigit.format(milliseconds / 1000)} s`;

const ordinalRule = new Intl.PluralRules('en', { type: 'ordinal' });
const suffixes: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' };

export const formatOrdinal = (place: number): string =>
  `${place}${suffixes[ordinalRule.select(place)] ?? 'th'}`;

/** "1 message", "2 messages". */
export const formatPlural = (count: number, word: string): string =>
  `${whole.format(count)} ${word}${count === 1 ? '' : 's'}`;

/** Never fails: what comes from a file may be no date at all. */
export const formatDate = (milliseconds: number, timeZone?: string): string =>
  new Date(milliseconds).toLocaleString('en', {
    dateStyle: 'medium',
    timeStyle: 'short',
    ...(timeZone !== undefined && { timeZone }),
  });

/** "40 s", "12 min", "2 h 5 min". */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(1, Math.ceil(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
