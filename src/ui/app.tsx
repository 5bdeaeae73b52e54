import { createEffect, createSignal, onMount, Show } from 'solid-js';
import { asAppError } from '../shared/errors.ts';
import { LazyPart } from './parts/LazyPart.tsx';
import { AppContext, createAppState, useApp } from './state/app-state.ts';
import { createAnnouncer } from './state/create-announcer.ts';
import { createCloseWatcher } from './state/create-close-watcher.ts';
import { createDialog } from './state/create-dialog.ts';
import { createMediaQuery } from './state/create-media-query.ts';
import { createPairing } from './state/create-pairing.ts';
import { createShortcuts } from './state/create-shortcuts.ts';
import { badgeCount } from './state/device-banner.ts';
import { isComposing } from './state/is-composing.ts';
import { keepAwake } from './state/keep-awake.ts';
import { useCore } from './state/use-core.ts';
import { Banners } from './views/Banners.tsx';
import { Chat } from './views/Chat.tsx';
import { Header } from './views/Header.tsx';
import {
  ApprovalDialog,
  ArchiveDialog,
  DevicesDialog,
  fetchViews,
  ModelDialog,
  Toasts,
} from './views/lazy-views.ts';
import { Sidebar } from './views/Sidebar.tsx';

/** The whole screen: what is open, where the focus goes, and nothing of what is said. */
function Shell() {
  const app = useApp();
  const core = useCore();
  const { conversation, router } = app;
  const isNarrow = createMediaQuery('(max-width: 52rem)');
  const isTouch = createMediaQuery('(pointer: coarse)');
  const [isDrawerOpen, setDrawerOpen] = createSignal(false);
  const models = createDialog();
  const devices = createDialog();
  const archive = createDialog();
  let composer: HTMLTextAreaElement | undefined;
  let search: HTMLInputElement | undefined;
  let main: HTMLElement | undefined;
  const isCovered = () => isNarrow() && isDrawerOpen();

  const closeDrawer = () => {
    if (!isCovered()) return;
    setDrawerOpen(false);
    main?.querySelector<HTMLElement>('[aria-controls="conversations"]')?.focus();
  };
  createCloseWatcher(isCovered, closeDrawer);
  const openDrawer = () => {
    setDrawerOpen(true);
    document.getElementById('conversations')?.querySelector('button')?.focus();
  };
  const newChat = () => {
    router.go(null);
    closeDrawer();
    // On touch the focus would raise the keyboard over the suggestions.
    if (!isTouch()) composer?.focus();
  };
  const pairing = createPairing({
    devices: app.devices,
    pair: (offer) => core.api.pair(offer),
    onOffered: devices.open,
    onReady(name) {
      devices.close();
      app.notify({ text: `Connected to ${name}. Its GPU answers here now.`, undo: null });
    },
    onFailed: (error) =>
      app.notify({ text: asAppError(error, 'pairing-failed', 'The pairing failed.').message, undo: null }),
  });
  keepAwake(() => {
    const client = app.engine()?.running?.client;
    return client?.type === 'device';
  });
  createShortcuts({
    isCovered: () =>
      [models, devices, archive].some((dialog) => dialog.isOpen()) ||
      (app.devices()?.sharing.approvals.length ?? 0) > 0,
    onSearch() {
      setDrawerOpen(isNarrow());
      search?.focus();
      search?.select();
    },
    onNewChat: newChat,
  });

  const title = () => {
    if (router.route().type === 'unknown' || conversation.phase() === 'missing') return 'Not here';
    if (conversation.phase() === 'none') return 'New chat';
    return conversation.conversation()?.title ?? '';
  };
  createEffect(() => {
    document.title = conversation.phase() === 'shown' ? `${title()} · Hearth` : 'Hearth';
  });
  const sentence = createAnnouncer(app.engine, conversation);
  onMount(() => void fetchViews());

  return (
    <div
      class="app"
      onKeyDown={(event) => {
        // What dialogs and menus are told comes here, too, by way of their portals.
        const isOurs = event.target instanceof Node && event.currentTarget.contains(event.target);
        if (event.key === 'Escape' && isOurs && !isComposing(event)) closeDrawer();
      }}
    >
      <button type="button" class="skip-link" onClick={() => (composer ?? main)?.focus()}>
        Skip to the message box
      </button>
      <Sidebar
        isOpen={isDrawerOpen()}
        onClose={closeDrawer}
        onNewChat={newChat}
        onKeep={archive.open}
        onSearchElement={(element) => (search = element)}
      />
      <main class="main" tabIndex={-1} inert={isCovered()} ref={(element) => (main = element)}>
        <Header
          title={title()}
          sidebarOpen={isDrawerOpen()}
          onOpenSidebar={openDrawer}
          onChooseModel={models.open}
          onDevices={devices.open}
          deviceCount={badgeCount(app.devices())}
        />
        <Banners />
        <Chat onNewChat={newChat} onComposerElement={(element) => (composer = element)} />
      </main>
      {/* Behind a dialog, too, which hides what else is outside of it from screen readers. */}
      <div class="visually-hidden" aria-live="polite" data-live-announcer="true">
        {sentence()}
      </div>
      <Show when={models.wasOpened()}>
        <LazyPart onGiveUp={models.forget}>
          <ModelDialog isOpen={models.isOpen()} onClose={models.close} />
        </LazyPart>
      </Show>
      <Show when={devices.wasOpened()}>
        <LazyPart onGiveUp={devices.forget}>
          <DevicesDialog isOpen={devices.isOpen()} pairing={pairing} onClose={devices.close} />
        </LazyPart>
      </Show>
      <Show when={archive.wasOpened()}>
        <LazyPart onGiveUp={archive.forget}>
          <ArchiveDialog isOpen={archive.isOpen()} onClose={archive.close} />
        </LazyPart>
      </Show>
      <LazyPart>
        <Show when={app.devices()?.sharing.approvals[0]}>
          {(approval) => <ApprovalDialog approval={approval()} />}
        </Show>
      </LazyPart>
      <LazyPart>
        <Show when={app.notices().length > 0}>
          <Toasts notices={app.notices()} />
        </Show>
      </LazyPart>
    </div>
  );
}

/** The app, inside of a `CoreContext`. */
export function App() {
  return (
    <AppContext.Provider value={createAppState()}>
      <Shell />
    </AppContext.Provider>
  );
}
