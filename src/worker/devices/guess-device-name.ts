const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/CrOS/, 'Chromebook'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'Mac'],
  [/Linux/, 'Linux'],
];

// Chrome says Safari too, and Edge says both.
const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg/, 'Edge'],
  [/OPR/, 'Opera'],
  [/Firefox|FxiOS/, 'Firefox'],
  [/Chrome|CriOS/, 'Chrome'],
  [/Safari/, 'Safari'],
];

const firstOf = (list: readonly (readonly [RegExp, string])[], userAgent: string): string | undefined =>
  list.find(([pattern]) => pattern.test(userAgent))?.[1];

/** What system this is, for other people to tell devices apart. */
export const platformOf = (userAgent: string): string => firstOf(systems, userAgent) ?? '';

/** A first name for this device, until its person gives it a better one. */
export function guessDeviceName(userAgent: string): string {
  const system = platformOf(userAgent);
  const browser = firstOf(browsers, userAgent);
  if (system === '') return browser ?? 'A browser';
  // There all browsers are one, and nobody has two of the device to tell apart by them.
  if (browser === undefined || system === 'iPhone' || system === 'iPad') return system;
  return `${browser} on ${system}`;
}
