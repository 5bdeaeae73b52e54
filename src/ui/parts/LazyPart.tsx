import X from 'lucide-solid/icons/x';
import { ErrorBoundary, Show, Suspense, type ParentProps } from 'solid-js';
import { Portal } from 'solid-js/web';
import { MissingPart } from '../state/missing-part.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';
import { IconButton } from './IconButton.tsx';

export interface LazyPartProps extends ParentProps {
  /** Does without it. Left out where there is nothing to close. */
  onGiveUp?: () => void;
}

/** A part that is fetched when it is first needed. Where it cannot be had, as the server is away, it says so and can be asked for again. */
export function LazyPart(props: LazyPartProps) {
  return (
    <ErrorBoundary
      fallback={(error, reset) => {
        if (!(error instanceof MissingPart)) throw error;
        let place: HTMLSpanElement | undefined;
        return (
          <span hidden ref={(element) => (place = element)}>
            {/* A part of a dialog says it there, where the keyboard is kept; any other one above all that is open. */}
            <Portal mount={place?.closest<HTMLElement>('[role="dialog"]') ?? document.body}>
              <div class="toasts toasts-missing" data-kb-top-layer="" ref={passFocusOn}>
                <div class="toast" role="alert">
                  <span class="toast-text">
                    This part of Hearth could not be fetched. Is the computer that serves it on?
                  </span>
                  <button type="button" class="link-button" onClick={reset}>
                    Try again
                  </button>
                  <Show when={props.onGiveUp}>
                    {(giveUp) => (
                      <IconButton label="Dismiss" onClick={() => giveUp()()}>
                        <X />
                      </IconButton>
                    )}
                  </Show>
                </div>
              </div>
            </Portal>
          </span>
        );
      }}
    >
      <Suspense>{props.children}</Suspense>
    </ErrorBoundary>
  );
}
