import type { Logits, Pipeline } from './pipeline.ts';

/** Brings the KV cache to any given tokens with as little reading as can be. */
export interface ContextReader {
  /** Tokens in the KV cache. */
  readonly length: number;
  /** How many of these tokens would have to be read. */
  missing(ids: number[]): number;
  /** Makes the KV cache hold exactly `ids`. Null when the signal aborts in between: what was read so far stays. */
  read(ids: number[], signal: AbortSignal): Promise<Logits | null>;
  append(id: number): Promise<Logits>;
}

export function makeContextReader(pipeline: Pipeline): ContextReader {
  let held: number[] = [];

  /** Tokens at the beginning that can stay. The last one is read in any case, for its logits. */
  function kept(ids: number[]): number {
    const most = Math.min(held.length, ids.length - 1);
    let same = 0;
    while (same < most && held[same] === ids[same]) same++;
    return same < held.length && !pipeline.canRewind ? 0 : same;
  }

  return {
    get length() {
      return held.length;
    },

    missing: (ids) => ids.length - kept(ids),

    async read(ids, signal) {
      const keep = kept(ids);
      if (keep === 0) pipeline.reset();
      else if (keep < held.length) pipeline.rewind(held.length - keep);
      held = held.slice(0, keep);
      while (!signal.aborted) {
        const chunk = ids.slice(held.length, held.length + pipeline.chunkSize);
        const logits = await pipeline.read(chunk);
        held.push(...chunk);
        if (held.length === ids.length) return logits;
        logits.dispose();
      }
      return null;
    },

    async append(id) {
      const logits = await pipeline.readOne(id);
      held.push(id);
      return logits;
    },
  };
}
