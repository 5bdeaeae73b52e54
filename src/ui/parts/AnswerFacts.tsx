import { Show } from 'solid-js';
import type { Generation } from '../../shared/conversation.ts';
import {
  formatDate,
  formatNumber,
  formatPlural,
  formatSeconds,
  formatSpeed,
} from '../state/format-figures.ts';
import { FactList } from './FactList.tsx';

export interface AnswerFactsProps {
  generation: Generation;
  createdAt: number;
}

function factsOf({ generation, createdAt }: AnswerFactsProps): [string, string][] {
  const { model, quantization } = generation;
  const facts: [string, string][] = [
    // Most models carry it in their name.
    ['Model', model.includes(quantization) ? model : `${model} (${quantization})`],
    ['Date', formatDate(createdAt)],
    ['Read', formatPlural(generation.promptTokens, 'token')],
    ['Wrote', formatPlural(generation.completionTokens, 'token')],
  ];
  if (generation.firstTokenMs !== null)
    facts.push(['First token', `after ${formatSeconds(generation.firstTokenMs)}`]);
  facts.push(['Temperature', formatNumber(generation.temperature)], ['Top P', formatNumber(generation.topP)]);
  if (generation.condition) facts.push(['Condition', generation.condition]);
  if (generation.server !== undefined) facts.push(['Server', generation.server]);
  if (generation.isSeamUnsure === true)
    facts.push(['Continued', 'by a server that may not go on exactly where the text ended']);
  if (generation.seed !== null) facts.push(['Seed', String(generation.seed)]);
  return facts;
}

/** How an answer was made: speed at a glance, the rest when asked for. */
export function AnswerFacts(props: AnswerFactsProps) {
  const speed = () => props.generation.tokensPerSecond;
  return (
    <details class="facts">
      <summary>
        {formatPlural(props.generation.completionTokens, 'token')}
        <Show when={speed()}>{(rate) => ` · ${formatSpeed(rate())}`}</Show>
      </summary>
      <FactList facts={factsOf(props)} />
    </details>
  );
}
