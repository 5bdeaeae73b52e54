/**
 * Items rendered first, and added each time one nears the edge of what is rendered. About two screens are full
 * within a few frames, and no step takes so long that typing would stutter: a long answer with code and formulas
 * costs some 8 ms.
 */
export const firstItems = 10;
export const stepItems = 5;

/** Index of the first rendered item: `wanted`, but never so late that a shorter list shows less than it could. */
export const windowStart = (wanted: number, length: number): number =>
  length === 0 ? Infinity : Math.max(0, Math.min(wanted, length - firstItems));

/** Index after the last rendered item; infinite when that is the last of the list. */
export const endOf = (wanted: number, length: number): number => (wanted >= length ? Infinity : wanted);

/** The window that is opened at an item far away. */
export const aroundItem = (index: number): [start: number, end: number] => [
  index - Math.floor(firstItems / 2),
  index + Math.ceil(firstItems / 2),
];
