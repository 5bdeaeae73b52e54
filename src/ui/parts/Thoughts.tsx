import ChevronRight from 'lucide-solid/icons/chevron-right';
import { createSignal, createUniqueId, Show } from 'solid-js';
import { Markdown } from '../markdown/Markdown.tsx';

export interface ThoughtsProps {
  text: string;
  /** It has not come to an answer yet. */
  isThinking: boolean;
  /** More may come. */
  isRunning: boolean;
}

/** What a reasoning model thinks: open while there is nothing else to read, closed once the answer begins, unless a person said otherwise. */
export function Thoughts(props: ThoughtsProps) {
  const [chosen, setChosen] = createSignal<boolean | null>(null);
  const id = createUniqueId();
  const isLive = () => props.isThinking && props.isRunning;
  const isOpen = () => chosen() ?? props.isThinking;
  return (
    <div class="thoughts">
      <button
        type="button"
        class="thoughts-button"
        aria-expanded={isOpen()}
        aria-controls={id}
        onClick={() => setChosen(!isOpen())}
      >
        <ChevronRight />
        {isLive() ? 'Thinking' : 'Thoughts'}
      </button>
      <div id={id} class="thoughts-text" hidden={!isOpen()} dir="auto">
        <Show when={isOpen()}>
          <Markdown text={props.text} streaming={isLive()} />
        </Show>
      </div>
    </div>
  );
}
