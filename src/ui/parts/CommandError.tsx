import { Show } from 'solid-js';
import type { Command } from '../state/create-command.ts';

export interface CommandErrorProps {
  command: Pick<Command, 'error'>;
  /** How its place dresses a fault. */
  class: string;
}

/** Why the last command failed, said aloud when it does. */
export function CommandError(props: CommandErrorProps) {
  return (
    <Show when={props.command.error()}>
      {(error) => (
        <p class={props.class} role="alert">
          {error().message}
        </p>
      )}
    </Show>
  );
}
