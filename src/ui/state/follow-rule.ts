/** Where a scroller is, in CSS pixels. */
export interface ScrollPlace {
  top: number;
  height: number;
  viewport: number;
}

/**
 * Scrolling down to within this counts as the end: a smooth scroll stops where the end was when it began, and the
 * text has grown by some lines since.
 */
const slack = 80;

export const distanceToEnd = (place: ScrollPlace): number => place.height - place.viewport - place.top;

/**
 * Whether the view goes on following its end after a scroll from one place to another. A person who scrolls up,
 * however little, stops it; only coming back to the end starts it again. Content that shrinks moves the place up
 * too, but leaves it at the end.
 */
export function followsAfter(following: boolean, from: ScrollPlace, to: ScrollPlace): boolean {
  if (distanceToEnd(to) <= 1) return true;
  if (to.top < from.top) return false;
  return following || distanceToEnd(to) <= slack;
}
