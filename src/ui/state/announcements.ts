import { assertNever } from '../../shared/errors.ts';
import type { MessageState } from '../../shared/conversation.ts';
import type { EngineState } from '../../shared/engine-state.ts';

/*
 * What is said aloud to people who do not see the screen: one sentence for each step, never for each token or
 * percent. The log and the engine line are silent themselves.
 */

/** The end of an answer; null for what is no end. */
export function answerAnnouncement(state: MessageState): string | null {
  switch (state) {
    case 'done':
      return 'Answer ready.';
    case 'stopped':
      return 'Answer stopped.';
    case 'interrupted':
      return 'Answer interrupted. The text so far is saved.';
    case 'failed':
      return 'The answer failed.';
    case 'queued':
    case 'running':
      return null;
    default:
      return assertNever(state);
  }
}

/** A milestone of the engine. Equal for equal milestones, so that a memo of it changes only when there is news. */
export function engineAnnouncement(state: EngineState | null): string | null {
  if (!state) return null;
  const model = state.model?.label ?? 'the model';
  switch (state.status.type) {
    case 'idle':
      return null;
    case 'loading':
      return (
        { fetch: 'Downloading', compile: 'Compiling', upload: 'Uploading to the GPU:' }[state.status.phase] +
        ` ${model}.`
      );
    case 'connecting':
      return `Looking for ${model}.`;
    case 'ready':
      return `${model} is ready.`;
    case 'recovering':
      return 'The GPU was lost. Getting it back.';
    case 'missing':
      return state.status.reason;
    case 'failed':
      return `The engine failed. ${state.status.error.message}`;
    default:
      return assertNever(state.status);
  }
}
