import { Show } from 'solid-js';
import type { ContextMeasure } from '../../shared/core-api.ts';
import { formatNumber, formatPlural } from '../state/format-figures.ts';

/** How much of the model's context the chat takes, with what is typed. */
export function ContextGauge(props: { measure: ContextMeasure }) {
  const isBounded = () => Number.isFinite(props.measure.contextTokens);
  return (
    <span class="gauge" data-full={props.measure.tokens > props.measure.contextTokens ? '' : undefined}>
      <Show when={isBounded()} fallback={formatPlural(props.measure.tokens, 'token')}>
        <meter
          class="gauge-bar"
          aria-label="Context"
          min="0"
          max={props.measure.contextTokens}
          value={Math.min(props.measure.tokens, props.measure.contextTokens)}
        />
        <span>
          {formatNumber(props.measure.tokens)} of {formatNumber(props.measure.contextTokens)} tokens
        </span>
      </Show>
      <Show when={props.measure.lastUnseen}>
        <span> · the oldest messages are left out</span>
      </Show>
    </span>
  );
}
