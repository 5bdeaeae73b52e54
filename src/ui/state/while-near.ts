export interface NearOptions {
  /** What scrolls; null: the page. */
  root: Element | null;
  /** How far off the screen is near, as in CSS. */
  margin: string;
  onNear: () => void;
}

/** Calls `onNear` for as long as the element is near the screen. Returns an end to it. */
export function whileNear(element: Element, { root, margin, onNear }: NearOptions): () => void {
  const observer = new IntersectionObserver(
    (entries) => {
      if (!entries.at(-1)?.isIntersecting || !element.isConnected) return;
      onNear();
      // It may still be near, and then nothing would begin to intersect.
      observer.unobserve(element);
      observer.observe(element);
    },
    { root, rootMargin: margin },
  );
  observer.observe(element);
  return () => observer.disconnect();
}
