import X from 'lucide-solid/icons/x';
import { ErrorBoundary, Show, Suspense, type ParentProps } from 'solid-js';
import { Portal } from 'solid-js/web';
import { MissingPart } from '../state/missing-part.ts';
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
        return (
          <Portal>
            <div class="toasts">
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
        );
      }}
    >
      <Suspense>{props.children}</Suspense>
    </ErrorBoundary>
  );
}
