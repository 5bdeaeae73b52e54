import { Match, Show, Switch, type JSX } from 'solid-js';
import type { Message } from '../../shared/conversation.ts';
import type { MessageId } from '../../shared/ids.ts';
import { CommandError } from '../parts/CommandError.tsx';
import { Versions } from '../parts/Versions.tsx';
import { useApp } from '../state/app-state.ts';
import { createCommand, type Command } from '../state/create-command.ts';
import { useCore } from '../state/use-core.ts';
import { AnswerMessage } from './AnswerMessage.tsx';
import { PersonMessage } from './PersonMessage.tsx';

export interface MessageItemProps {
  message: Message;
  /** A command was given that adds to the end of the conversation. */
  onSent: () => void;
  /** More of it is about to be shown, to be read from where the person is. */
  onUnfold: () => void;
  /** Another version was asked for: its article takes this one's place. */
  onTurn: (to: MessageId, button: string) => void;
}

export interface MessageBodyProps {
  message: Message;
  command: Command;
  versions: JSX.Element;
  onSent: () => void;
}

/** One message of the branch that is shown. */
export function MessageItem(props: MessageItemProps) {
  const app = useApp();
  const core = useCore();
  const command = createCommand();
  const versions = () => app.conversation.versionsOf(props.message);
  const place = () => versions().indexOf(props.message.id);
  const turn = (step: -1 | 1) => {
    const messageId = versions()[place() + step];
    const { conversationId } = props.message;
    if (messageId === undefined) return;
    props.onTurn(messageId, step < 0 ? 'Previous version' : 'Next version');
    void command.run(() => core.api.showBranch({ conversationId, messageId }));
  };
  const switcher = (
    <Show when={versions().length > 1}>
      <Versions place={place() + 1} count={versions().length} onTurn={turn} />
    </Show>
  );
  const isPerson = () => props.message.role === 'user';
  return (
    <article
      class="message"
      data-role={props.message.role}
      data-id={props.message.id}
      aria-label={isPerson() ? 'You' : 'Assistant'}
      aria-busy={props.message.state === 'queued' || props.message.state === 'running'}
      tabIndex={-1}
    >
      <Switch>
        <Match when={isPerson()}>
          <PersonMessage
            message={props.message}
            command={command}
            versions={switcher}
            onSent={() => props.onSent()}
            onUnfold={() => props.onUnfold()}
          />
        </Match>
        <Match when={!isPerson()}>
          <AnswerMessage
            message={props.message}
            command={command}
            versions={switcher}
            onSent={() => props.onSent()}
          />
        </Match>
      </Switch>
      <CommandError command={command} class="message-error" />
    </article>
  );
}
