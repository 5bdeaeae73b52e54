/** True as long as no more than `burst` come at once, and `perSecond` on average. */
export function makeTokenBucket(
  burst: number,
  perSecond: number,
  now: () => number = Date.now,
): () => boolean {
  let tokens = burst;
  let last = now();
  return () => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - last) / 1_000) * perSecond);
    last = time;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
