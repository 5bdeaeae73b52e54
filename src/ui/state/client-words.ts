import type { ClientView } from '../../shared/engine-state.ts';
import { assertNever } from '../../shared/errors.ts';
import type { TabId } from '../../shared/ids.ts';

/** Who a run is for, as its place in a sentence wants it. */
export function clientWords(client: ClientView, tabId: TabId): string {
  switch (client.type) {
    case 'tab':
      return client.tabId === tabId ? 'this tab' : 'another tab';
    case 'device':
      return client.name || 'another device';
    case 'program':
      return client.name || 'a program';
    default:
      return assertNever(client);
  }
}
