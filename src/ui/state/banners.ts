import { assertNever } from '../../shared/errors.ts';
import type { CoreState, StorageState } from '../../shared/topics.ts';
import type { LinkStatus } from './core-connection.ts';
import { formatPlural } from './format-figures.ts';

export interface BannerView {
  /** Of all banners that stand together, one at most is about it. */
  about: 'link' | 'core' | 'storage' | 'action';
  tone: 'notice' | 'alarm';
  text: string;
  action: 'reload' | 'take-over' | null;
}

function linkBanner(link: LinkStatus): BannerView | null {
  switch (link) {
    case 'connecting':
    case 'open':
      return null;
    case 'reconnecting':
      return {
        about: 'link',
        tone: 'notice',
        text: 'Hearth is restarting in the background. What you type is kept.',
        action: null,
      };
    case 'outdated':
      return {
        about: 'link',
        tone: 'alarm',
        text: 'This tab and the others run different versions of Hearth. Reload this tab; what you typed is kept.',
        action: 'reload',
      };
    case 'failed':
      return {
        about: 'link',
        tone: 'alarm',
        text: 'Hearth could not start in the background. Reload this tab; what you typed is kept.',
        action: 'reload',
      };
    default:
      return assertNever(link);
  }
}

function coreBanner(core: CoreState): BannerView | null {
  switch (core.phase) {
    case 'opening':
    case 'open':
      return null;
    case 'waiting':
      return {
        about: 'core',
        tone: 'notice',
        text: 'Another tab runs an older version of Hearth, or holds the GPU on its own. It goes on working there.',
        action: 'take-over',
      };
    case 'retired':
      return {
        about: 'core',
        tone: 'alarm',
        text:
          core.reason === 'other-tab'
            ? 'Hearth moved to another tab. Reload this tab to use it here; what you typed is kept.'
            : 'A newer version of Hearth is open in another tab. Reload this tab; what you typed is kept.',
        action: 'reload',
      };
    default:
      return assertNever(core.phase);
  }
}

function storageBanner(storage: StorageState): BannerView | null {
  const unsaved = `${formatPlural(storage.unsaved, 'message')} ${storage.unsaved === 1 ? "isn't" : "aren't"} saved`;
  switch (storage.status) {
    case 'opening':
      return null;
    case 'ready':
      // All but a few records, which can no longer be read.
      return storage.error && { about: 'storage', tone: 'notice', text: storage.error.message, action: null };
    case 'blocked':
      return {
        about: 'storage',
        tone: 'alarm',
        text: 'An older tab of Hearth holds the saved conversations. Close it, and this one goes on by itself.',
        action: null,
      };
    case 'full':
      return {
        about: 'storage',
        tone: 'alarm',
        text:
          storage.unsaved === 0
            ? 'No space left on this device. Free some space before you go on.'
            : `No space left on this device: ${unsaved}. Free some space, or copy what you need before closing Hearth.`,
        action: null,
      };
    case 'failed':
      return {
        about: 'storage',
        tone: 'alarm',
        text: `The saved conversations cannot be used${storage.unsaved === 0 ? '' : `, and ${unsaved}`}. ${storage.error?.message ?? ''}`.trim(),
        action: 'reload',
      };
    default:
      return assertNever(storage.status);
  }
}

/** All that stands in the way of the whole app, most basic first. */
export function bannersOf(
  link: LinkStatus,
  core: CoreState | null,
  storage: StorageState | null,
): BannerView[] {
  const banners = [linkBanner(link), core && coreBanner(core), storage && storageBanner(storage)];
  return banners.filter((banner) => banner !== null);
}
