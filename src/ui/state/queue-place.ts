import type { EngineState } from '../../shared/engine-state.ts';
import type { MessageId, TabId } from '../../shared/ids.ts';
import { clientWords } from './client-words.ts';
import { formatOrdinal } from './format-figures.ts';

/** What a queued answer says of its wait: its place, and whose run is in front. */
export function queuePlace(engine: EngineState | null, messageId: MessageId, tabId: TabId): string {
  const entry = engine?.queue.find((queued) => queued.messageId === messageId);
  if (!engine || !entry) return 'Waiting';
  const line = `Waiting: ${formatOrdinal(entry.place)} in line`;
  const ahead = engine.queue.find((queued) => queued.place === entry.place - 1) ?? engine.running;
  if (!ahead) return line;
  if (ahead.conversationId === entry.conversationId) return `${line}, behind the answer above`;
  const { client } = ahead;
  const isHere = client.type === 'tab' && client.tabId === tabId;
  return `${line}, behind ${isHere ? 'another chat in this tab' : clientWords(client, tabId)}`;
}
