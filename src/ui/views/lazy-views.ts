import { lazy } from 'solid-js';
import { fetchPart } from '../state/missing-part.ts';

/** Views that are not on the first screen. */
export const ModelDialog = lazy(async () => ({
  default: (await fetchPart(import('./ModelDialog.tsx'))).ModelDialog,
}));
export const DevicesDialog = lazy(async () => ({
  default: (await fetchPart(import('./devices/DevicesDialog.tsx'))).DevicesDialog,
}));
export const ArchiveDialog = lazy(async () => ({
  default: (await fetchPart(import('./ArchiveDialog.tsx'))).ArchiveDialog,
}));
export const ApprovalDialog = lazy(async () => ({
  default: (await fetchPart(import('./devices/ApprovalDialog.tsx'))).ApprovalDialog,
}));
export const ServersDialog = lazy(async () => ({
  default: (await fetchPart(import('./servers/ServersDialog.tsx'))).ServersDialog,
}));
export const ConversationMenu = lazy(async () => ({
  default: (await fetchPart(import('./ConversationMenu.tsx'))).ConversationMenu,
}));
export const Toasts = lazy(async () => ({ default: (await fetchPart(import('./Toasts.tsx'))).Toasts }));

const inOrderOfUse = [
  Toasts,
  ConversationMenu,
  ModelDialog,
  DevicesDialog,
  ArchiveDialog,
  ServersDialog,
  ApprovalDialog,
];
/** Where browsers do not say that they are idle. */
const waitMs = 1000;

const idle = (): Promise<void> =>
  new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve());
    else setTimeout(resolve, waitMs);
  });

/** Fetches all of them, one by one, when nothing else is to be done: later the server may be away, or have another build. */
export async function fetchViews(): Promise<void> {
  for (const view of inOrderOfUse) {
    await idle();
    // One that cannot be had is asked for again when it is opened.
    await view.preload().catch(() => {});
  }
}
