import { createMemo, For, Show } from 'solid-js';
import { Banner } from '../parts/Banner.tsx';
import { useApp } from '../state/app-state.ts';
import { bannersOf, type BannerView } from '../state/banners.ts';
import { betterAddress } from '../state/device-banner.ts';
import { createCommand } from '../state/create-command.ts';
import { useCore } from '../state/use-core.ts';

const actionNames = { reload: 'Reload', 'take-over': 'Use here' } as const;

/** The one place for what stands in the way of the whole app. */
export function Banners() {
  const app = useApp();
  const core = useCore();
  const takeOver = createCommand();
  const banners = createMemo(() => {
    const all: BannerView[] = bannersOf(core.status(), app.core(), app.storage());
    const failure = takeOver.error();
    if (failure) all.push({ about: 'action', tone: 'alarm', text: failure.message, action: null });
    return all;
  });
  const better = () => betterAddress(app.devices(), isSecureContext);
  const actionName = (action: BannerView['action']) => action && actionNames[action];
  const act = (action: BannerView['action']) => {
    if (action === 'reload') location.reload();
    if (action === 'take-over') void takeOver.run(() => core.api.takeOver());
  };
  return (
    <div class="banners" aria-live="polite" data-live-announcer="true">
      {/* By what it is about: one that was made anew would be read aloud again, and lose the focus. */}
      <For each={banners().map(({ about }) => about)}>
        {(about) => (
          <Show when={banners().find((banner) => banner.about === about)}>
            {(banner) => (
              <Banner
                tone={banner().tone}
                text={banner().text}
                action={actionName(banner().action)}
                onAction={() => act(banner().action)}
              />
            )}
          </Show>
        )}
      </For>
      <Show when={better()}>
        {(address) => (
          <div class="banner" data-tone="notice">
            <p>
              This is the computer that Hearth runs on. Open <a href={address()}>{address()}</a> instead:
              browsers give the GPU to this address only.
            </p>
          </div>
        )}
      </Show>
    </div>
  );
}
