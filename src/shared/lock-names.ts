import type { BootId, TabId } from './ids.ts';

/*
 * Web Locks, by which every death is noticed. They are of the whole origin, so these names carry no version:
 * cores of different builds must meet at the same lock.
 */

/** Held by the one core that owns the GPU and the conversations; other cores queue for it. */
export const soleCoreLock = 'hearth:core';

/** Held by a core for its life; every tab queues for it and reconnects when it is granted. */
export const coreLifeLock = (bootId: BootId): string => `hearth:core:${bootId}`;

/** Held by a tab for its life; the core queues for it and drops the tab's watches when it is granted. */
export const tabLifeLock = (tabId: TabId): string => `hearth:tab:${tabId}`;

/** BroadcastChannel on which a waiting core asks the one in office to retire. */
export const successionChannel = 'hearth:succession';
