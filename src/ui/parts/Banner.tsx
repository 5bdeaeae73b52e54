import { Show } from 'solid-js';
import { passFocusOn } from '../state/pass-focus-on.ts';

export interface BannerProps {
  tone: 'notice' | 'alarm';
  text: string;
  /** Name of its button; null for none. */
  action: string | null;
  onAction: () => void;
}

export function Banner(props: BannerProps) {
  return (
    <div class="banner" data-tone={props.tone}>
      <p>{props.text}</p>
      <Show when={props.action}>
        {(name) => (
          <button ref={passFocusOn} type="button" class="button" onClick={() => props.onAction()}>
            {name()}
          </button>
        )}
      </Show>
    </div>
  );
}
