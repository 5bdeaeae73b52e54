import { assertNever } from '../../shared/errors.ts';
import type { EngineState, EngineStatus, LoadPhase } from '../../shared/engine-state.ts';
import type { TabId } from '../../shared/ids.ts';
import { clientWords } from './client-words.ts';
import { formatBytes, formatSpeed } from './format-figures.ts';

export interface EngineLine {
  tone: 'quiet' | 'busy' | 'ready' | 'bad';
  text: string;
  /** 0 to 1 while a model loads. */
  progress: number | null;
  action: 'cancel' | 'retry' | 'devices' | 'stop-device' | null;
}

const phaseWords: Record<LoadPhase, string> = {
  fetch: 'Downloading',
  compile: 'Compiling',
  upload: 'Uploading to the GPU',
};

type Loading = Extract<EngineStatus, { type: 'loading' }>;

function loadingText(model: string, { phase, loadedBytes, totalBytes }: Loading): string {
  const what = phase === 'upload' ? `${phaseWords.upload}: ${model}` : `${phaseWords[phase]} ${model}`;
  if (loadedBytes === 0) return what;
  const bytes =
    totalBytes === null
      ? formatBytes(loadedBytes)
      : `${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`;
  return `${what} · ${bytes}`;
}

function readyText(state: EngineState, model: string, tabId: TabId): string {
  const { running, queue, warming } = state;
  if (!running) return warming === null ? `${model} is ready` : `${model} is ready · warming up`;
  const { client } = running;
  const who = clientWords(client, tabId);
  const parts = [model, client.type === 'tab' ? `answering in ${who}` : `answering ${who}`];
  if (running.tokensPerSecond !== null) parts.push(formatSpeed(running.tokensPerSecond));
  if (queue.length > 0) parts.push(`${queue.length} waiting`);
  return parts.join(' · ');
}

const plain = (tone: EngineLine['tone'], text: string): EngineLine => ({
  tone,
  text,
  progress: null,
  action: null,
});

/** The engine in one line, the same in every tab but for "this tab". */
export function engineLine(state: EngineState | null, tabId: TabId): EngineLine {
  if (!state) return plain('quiet', 'Starting');
  const model = state.model?.label ?? 'The model';
  const { status } = state;
  switch (status.type) {
    case 'idle':
      if (!state.model) return plain('quiet', 'No model is chosen');
      return plain(
        'quiet',
        state.devicesOpened > 0
          ? `${model} has left the GPU free. The next message loads it again`
          : `${model} is not loaded yet`,
      );
    case 'loading':
      return { tone: 'busy', text: loadingText(model, status), progress: status.progress, action: 'cancel' };
    case 'ready':
      return {
        ...plain(state.running ? 'busy' : 'ready', readyText(state, model, tabId)),
        action: state.running?.client.type === 'device' ? 'stop-device' : null,
      };
    case 'connecting':
      return state.model?.engine === 'http'
        ? { ...plain('busy', `Asking the server for ${model}`), action: 'cancel' }
        : { ...plain('quiet', `Looking for ${model}`), action: 'devices' };
    case 'recovering':
      return plain('busy', `The GPU was lost. Getting it back for ${model}`);
    case 'missing':
      return {
        ...plain('bad', `${status.reason} Saved chats can still be read.`),
        action: 'devices',
      };
    case 'failed':
      return {
        tone: 'bad',
        text: status.error.message,
        progress: null,
        action: state.model ? 'retry' : null,
      };
    default:
      return assertNever(status);
  }
}
