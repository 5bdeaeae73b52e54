import { For } from 'solid-js';
import { CommandError } from '../../parts/CommandError.tsx';
import { createCommand } from '../../state/create-command.ts';
import { useCore } from '../../state/use-core.ts';

const choices = [5, 15, 30, 60, 240];

const words = (minutes: number): string =>
  minutes < 60 ? `${minutes} minutes` : minutes === 60 ? 'an hour' : `${minutes / 60} hours`;

/** How long the model stays on the GPU when nobody asks it anything. */
export function IdleMinutes(props: { minutes: number | null }) {
  const core = useCore();
  const command = createCommand();
  const choose = async (select: HTMLSelectElement) => {
    const { value } = select;
    if (await command.run(() => core.api.setIdleMinutes(value === '' ? null : Number(value)))) return;
    // It shows what is, not what was wished for.
    select.value = String(props.minutes ?? '');
  };
  return (
    <div class="idle-minutes">
      <label>
        Free the GPU by itself after{' '}
        <select
          class="select"
          aria-disabled={command.pending()}
          onChange={(event) => void choose(event.currentTarget)}
        >
          <For each={choices}>
            {(choice) => (
              <option value={choice} selected={choice === props.minutes}>
                {words(choice)}
              </option>
            )}
          </For>
          <option value="" selected={props.minutes === null}>
            never
          </option>
        </select>
      </label>
      <p class="model-hint">Then the next message, of whatever tab or device, loads the model again.</p>
      <CommandError command={command} class="model-error" />
    </div>
  );
}
