import { For, Show } from 'solid-js';
import { Mark } from '../parts/Mark.tsx';
import { useApp } from '../state/app-state.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';
import { welcomeWords } from '../state/welcome-words.ts';

/** Things that the built-in model does well. */
const suggestions = [
  { text: 'What can you do?', hint: 'Get to know it' },
  { text: 'Show me some math.', hint: 'Formulas, typeset' },
  { text: 'Write a long story', hint: 'Watch it write' },
];

export interface WelcomeProps {
  /** Nobody has chatted here before. */
  isFirstRun: boolean;
  onSuggest: (text: string) => void;
}

/** The empty chat. */
export function Welcome(props: WelcomeProps) {
  const app = useApp();
  const words = () => welcomeWords(app.engine());
  return (
    <section class="welcome">
      <Mark />
      <h2>{props.isFirstRun ? 'Welcome to Hearth' : 'What shall we talk about?'}</h2>
      <Show when={props.isFirstRun}>
        <p>{words().intro}</p>
      </Show>
      <ul class="suggestions">
        <For each={suggestions}>
          {(suggestion) => (
            <li>
              <button
                type="button"
                class="suggestion"
                ref={passFocusOn}
                onClick={() => props.onSuggest(suggestion.text)}
              >
                <span class="suggestion-text">{suggestion.text}</span>
                <span class="suggestion-hint">{suggestion.hint}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
      <p class="welcome-privacy">{words().privacy}</p>
    </section>
  );
}
