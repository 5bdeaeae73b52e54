import { For, Match, Show, Switch } from 'solid-js';
import type { SearchHit } from '../../shared/core-api.ts';
import { MarkedText } from '../parts/MarkedText.tsx';
import { useApp } from '../state/app-state.ts';
import type { SearchPhase } from '../state/create-search.ts';
import { formatPlural } from '../state/format-figures.ts';
import { markMatches } from '../state/mark-matches.ts';
import { addressOf } from '../state/parse-route.ts';

export interface SearchResultsProps {
  phase: SearchPhase;
  onOpen: () => void;
}

export function SearchResults(props: SearchResultsProps) {
  const app = useApp();
  const found = () => (props.phase.type === 'hits' ? props.phase : null);
  const open = ({ conversationId, messageId }: SearchHit) => {
    // The link's own address opens the conversation; the jump goes on to the message.
    app.setJump(messageId === null ? null : { conversationId, messageId });
    props.onOpen();
  };
  return (
    <div class="hits">
      {/* How it went is said aloud; the list itself is there to be read. */}
      <div aria-live="polite">
        <Switch>
          <Match when={props.phase.type === 'searching'}>
            <p class="sidebar-empty">Searching</p>
          </Match>
          <Match when={props.phase.type === 'failed'}>
            <p class="sidebar-empty">The search did not work. Type again to retry.</p>
          </Match>
          <Match when={found()?.hits.length === 0}>
            <p class="sidebar-empty">Nothing found for “{found()?.query}”.</p>
          </Match>
          <Match when={found()}>
            {(result) => <p class="visually-hidden">{formatPlural(result().hits.length, 'result')}</p>}
          </Match>
        </Switch>
      </div>
      <Show when={found()?.hits.length ? found() : null}>
        {(result) => (
          <ul>
            <For each={result().hits}>
              {(hit) => (
                <li>
                  <a class="hit" href={addressOf(hit.conversationId)} onClick={() => open(hit)}>
                    <span class="hit-title" dir="auto">
                      <MarkedText pieces={markMatches(hit.title, result().query)} />
                    </span>
                    <span class="hit-excerpt" dir="auto">
                      <MarkedText pieces={markMatches(hit.excerpt, result().query)} />
                    </span>
                  </a>
                </li>
              )}
            </For>
          </ul>
        )}
      </Show>
    </div>
  );
}
