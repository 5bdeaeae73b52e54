import { createEffect, createResource, createSignal, on, onCleanup, type Accessor } from 'solid-js';
import type { SearchHit } from '../../shared/core-api.ts';

export type SearchPhase =
  | { type: 'off' }
  | { type: 'searching' }
  | { type: 'hits'; query: string; hits: SearchHit[] }
  | { type: 'failed' };

export interface Search {
  readonly query: Accessor<string>;
  setQuery(query: string): void;
  readonly phase: Accessor<SearchPhase>;
}

/** Shorter than a pause between words, longer than one between letters. */
const pauseMs = 150;

/** Searches while a person types; the latest query wins. */
export function createSearch(search: (query: string) => Promise<SearchHit[]>): Search {
  const [query, setQuery] = createSignal('');
  const [settled, setSettled] = createSignal('');
  createEffect(
    on(query, (text) => {
      const timer = setTimeout(() => setSettled(text.trim()), text.trim() === '' ? 0 : pauseMs);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  const [found] = createResource(
    () => settled() || null,
    async (wanted) => ({ query: wanted, hits: await search(wanted) }),
  );

  const phase = (): SearchPhase => {
    if (query().trim() === '') return { type: 'off' };
    if (found.state === 'errored') return { type: 'failed' };
    // The hits before stay while new ones are on their way: a list that blinks cannot be read.
    const latest = found.latest;
    return latest && settled() !== '' ? { type: 'hits', ...latest } : { type: 'searching' };
  };
  return { query, setQuery, phase };
}
