import { assertNever } from '../../shared/errors.ts';
import type { Message } from '../../shared/conversation.ts';
import type { EngineState } from '../../shared/engine-state.ts';
import type { TabId } from '../../shared/ids.ts';
import { queuePlace } from './queue-place.ts';

/** What is said under an answer. `wait` goes with something that moves. */
export interface AnswerNote {
  tone: 'wait' | 'notice' | 'alarm';
  text: string;
}

function waitWords(engine: EngineState | null): string {
  switch (engine?.status.type) {
    case 'loading':
      return 'Loading the model';
    case 'connecting':
      return engine.model?.engine === 'http'
        ? 'Waiting for the server'
        : `Waiting for ${engine.model?.label ?? 'the other device'}`;
    case 'recovering':
      return 'The GPU was lost. Getting it back';
    default:
      return 'Reading';
  }
}

type Noted = Pick<Message, 'id' | 'state' | 'error' | 'generation'>;

/** How an answer stands; null when its text says it all. */
export function answerNote(
  message: Noted,
  hasText: boolean,
  engine: EngineState | null,
  tabId: TabId,
): AnswerNote | null {
  switch (message.state) {
    case 'queued':
      return { tone: 'wait', text: queuePlace(engine, message.id, tabId) };
    case 'running':
      return hasText && engine?.status.type === 'ready' ? null : { tone: 'wait', text: waitWords(engine) };
    case 'stopped':
      return { tone: 'notice', text: 'Stopped.' };
    case 'interrupted':
      return { tone: 'notice', text: 'Interrupted. The text so far is saved.' };
    case 'failed':
      return { tone: 'alarm', text: message.error?.message ?? 'The answer failed.' };
    case 'done':
      return message.generation?.finishReason === 'length'
        ? { tone: 'notice', text: 'Cut here: the answer reached its greatest length.' }
        : null;
    default:
      return assertNever(message.state);
  }
}
