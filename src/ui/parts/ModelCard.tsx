import Check from 'lucide-solid/icons/check';
import { Show } from 'solid-js';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { formatBytes } from '../state/format-figures.ts';

export interface ModelCardProps {
  model: ModelChoice;
  isCurrent: boolean;
  onChoose: () => void;
}

/** One model, as a button that chooses it. */
export function ModelCard(props: ModelCardProps) {
  const needs = () => {
    const { engine, gpuBytes, needsF16, quantization } = props.model;
    if (engine === 'peer') return "Another device's GPU";
    const parts = [quantization];
    if (gpuBytes !== null) parts.push(`${formatBytes(gpuBytes)} of GPU memory`);
    if (needsF16) parts.push('needs f16');
    return parts.join(' · ');
  };
  return (
    <button
      type="button"
      class="model"
      aria-current={props.isCurrent ? 'true' : undefined}
      onClick={() => props.onChoose()}
    >
      <span class="model-name">
        {props.model.label}
        <Show when={props.model.builtIn}>
          <span class="badge">Built in</span>
        </Show>
      </span>
      <span class="model-needs">{needs()}</span>
      <Show when={props.isCurrent}>
        <Check class="model-check" aria-label="In use" />
      </Show>
    </button>
  );
}
