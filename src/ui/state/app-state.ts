import { createContext, createSignal, useContext, type Accessor } from 'solid-js';
import { AppError } from '../../shared/errors.ts';
import type { DevicesState } from '../../shared/devices-state.ts';
import type { EngineState } from '../../shared/engine-state.ts';
import type { ConversationId, MessageId } from '../../shared/ids.ts';
import type { ServersState } from '../../shared/servers-state.ts';
import type { ConversationsState, CoreState, StorageState } from '../../shared/topics.ts';
import { createConversation, type ConversationView } from './create-conversation.ts';
import { createPrinting } from './create-printing.ts';
import { createRoute, type Router } from './create-route.ts';
import { createWatch } from './create-watch.ts';
import { makeDraftStore, storageIfAllowed, type DraftStore } from './draft-store.ts';

/** A message that was asked for by its search hit, until it is on the screen. */
export interface Jump {
  conversationId: ConversationId;
  messageId: MessageId;
}

/** A short word about something that happened, with its undoing where there is one. */
export interface Notice {
  text: string;
  undo: (() => void) | null;
}

/** What every view may read: the watched topics, the address, and the conversation it names. */
export interface AppState {
  readonly router: Router;
  readonly core: Accessor<CoreState | null>;
  readonly storage: Accessor<StorageState | null>;
  readonly engine: Accessor<EngineState | null>;
  readonly devices: Accessor<DevicesState | null>;
  readonly servers: Accessor<ServersState | null>;
  readonly conversations: Accessor<ConversationsState | null>;
  readonly conversation: ConversationView;
  readonly drafts: DraftStore;
  readonly isPrinting: Accessor<boolean>;
  readonly jump: Accessor<Jump | null>;
  setJump(jump: Jump | null): void;
  readonly notices: Accessor<Notice[]>;
  notify(notice: Notice): void;
}

export function createAppState(): AppState {
  const router = createRoute();
  const [jump, setJump] = createSignal<Jump | null>(null);
  const [notices, setNotices] = createSignal<Notice[]>([]);
  return {
    router,
    core: createWatch(() => 'core'),
    storage: createWatch(() => 'storage'),
    engine: createWatch(() => 'engine'),
    devices: createWatch(() => 'devices'),
    servers: createWatch(() => 'servers'),
    conversations: createWatch(() => 'conversations'),
    conversation: createConversation(() => {
      const route = router.route();
      return route.type === 'conversation' ? route.id : null;
    }),
    drafts: makeDraftStore(storageIfAllowed('localStorage'), storageIfAllowed('sessionStorage')),
    isPrinting: createPrinting(),
    jump,
    setJump,
    notices,
    notify: (notice) => setNotices((all) => [...all, notice]),
  };
}

export const AppContext = createContext<AppState>();

export function useApp(): AppState {
  const app = useContext(AppContext);
  if (!app) throw new AppError('bad-input', 'useApp must be called inside <AppContext.Provider>.');
  return app;
}
