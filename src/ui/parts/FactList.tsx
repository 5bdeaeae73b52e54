import { For } from 'solid-js';

/** Names with what belongs to each. */
export function FactList(props: { facts: [name: string, value: string][]; class?: string }) {
  return (
    <dl class={props.class}>
      <For each={props.facts}>
        {([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        )}
      </For>
    </dl>
  );
}
