import Play from 'lucide-solid/icons/play';
import RefreshCw from 'lucide-solid/icons/refresh-cw';
import { createMemo, Show } from 'solid-js';
import { newId, type MessageId } from '../../shared/ids.ts';
import { splitThoughts } from '../../shared/thoughts.ts';
import { Markdown } from '../markdown/Markdown.tsx';
import { AnswerFacts } from '../parts/AnswerFacts.tsx';
import { CopyButton } from '../parts/CopyButton.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { Thoughts } from '../parts/Thoughts.tsx';
import { canContinue } from '../state/branch-view.ts';
import { passFocusOn } from '../state/pass-focus-on.ts';
import { useCore } from '../state/use-core.ts';
import { AnswerNote } from './AnswerNote.tsx';
import type { MessageBodyProps } from './MessageItem.tsx';

/** What the model wrote, how it ended, and what can be done with it. */
export function AnswerMessage(props: MessageBodyProps) {
  const core = useCore();
  const parts = createMemo(() => splitThoughts(props.message.text));
  const isRunning = () => props.message.state === 'running';
  const isAtRest = () => !isRunning() && props.message.state !== 'queued';
  const regenerate = async () => {
    const { conversationId, id: messageId } = props.message;
    const answerId = newId<MessageId>();
    if (await props.command.run(() => core.api.regenerate({ conversationId, messageId, answerId })))
      props.onSent();
  };
  const goOn = () => {
    const { conversationId, id: messageId } = props.message;
    void props.command.run(() => core.api.continueAnswer({ conversationId, messageId }));
  };

  return (
    <>
      <Show when={parts().thought !== null && (parts().thought !== '' || parts().isThinking)}>
        <Thoughts text={parts().thought ?? ''} isThinking={parts().isThinking} isRunning={isRunning()} />
      </Show>
      <Show when={parts().answer !== ''}>
        <div class="message-text" dir="auto">
          <Markdown text={parts().answer} streaming={isRunning()} />
        </div>
      </Show>
      <AnswerNote message={props.message} />
      <Show when={isAtRest()}>
        <Show when={canContinue(props.message)}>
          <button type="button" class="button continue-button" ref={passFocusOn} onClick={goOn}>
            <Play />
            Continue
          </button>
        </Show>
        <div class="message-tools">
          {props.versions}
          <Show when={parts().answer !== ''}>
            <CopyButton text={parts().answer} />
          </Show>
          <IconButton label="Regenerate" ref={passFocusOn} onClick={() => void regenerate()}>
            <RefreshCw />
          </IconButton>
          <Show when={props.message.text !== '' && props.message.generation}>
            {(generation) => <AnswerFacts generation={generation()} createdAt={props.message.createdAt} />}
          </Show>
        </div>
      </Show>
    </>
  );
}
