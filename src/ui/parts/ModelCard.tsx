import Check from 'lucide-solid/icons/check';
import { Show } from 'solid-js';
import type { ModelChoice } from '../../shared/engine-state.ts';
import { fitWords } from '../state/fit-words.ts';
import { formatBytes } from '../state/format-figures.ts';

export interface ModelCardProps {
  model: ModelChoice;
  isCurrent: boolean;
  /** Its files are on this device. */
  isHere: boolean;
  /** How its download stands; null when there is none. */
  download: string | null;
  onOpen: () => void;
}

/** One model, as a button that opens its page. */
export function ModelCard(props: ModelCardProps) {
  const needs = () => {
    const { engine, gpuBytes, needsF16, quantization, about, sentTo } = props.model;
    if (engine === 'http') return `On a server: what you write is sent to ${(sentTo ?? []).join(' or ')}`;
    if (engine === 'peer') return "Another device's GPU";
    const parts = [quantization];
    if (about?.downloadBytes) parts.push(`about ${formatBytes(about.downloadBytes)} to download`);
    if (gpuBytes !== null) parts.push(`${formatBytes(gpuBytes)} of GPU memory`);
    if (needsF16) parts.push('needs f16');
    return parts.join(' · ');
  };
  return (
    <button
      type="button"
      class="model"
      aria-current={props.isCurrent ? 'true' : undefined}
      onClick={() => props.onOpen()}
    >
      <span class="model-name">
        {props.model.label}
        <Show when={props.model.builtIn}>
          <span class="badge">Built in</span>
        </Show>
        <Show when={props.isHere && !props.model.builtIn}>
          <span class="badge">On this device</span>
        </Show>
        <Show when={props.model.fit}>
          {(fit) => (
            <span class="fit" data-verdict={fit().verdict}>
              {fitWords[fit().verdict]}
            </span>
          )}
        </Show>
      </span>
      <span class="model-needs">{props.download ?? needs()}</span>
      <Show when={props.isCurrent}>
        <Check class="model-check" aria-label="In use" />
      </Show>
    </button>
  );
}
