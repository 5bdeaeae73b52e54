import type { Browser, CDPSession } from '@playwright/test';

/** The SharedWorker of Hearth's core, reached through the browser's own debugging protocol. */
export interface CoreTarget {
  targetId: string;
  url: string;
}

/** The cores that are alive in this browser. */
export async function coreTargets(browser: Browser): Promise<CoreTarget[]> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { targetInfos } = await session.send('Target.getTargets');
    return targetInfos
      .filter(({ type }) => type === 'shared_worker')
      .map(({ targetId, url }) => ({ targetId, url }));
  } finally {
    await session.detach();
  }
}

/** Kills every core at once, as the operating system may under memory pressure; or those of one host name. */
export async function killCores(browser: Browser, hostname?: string): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  for (const { targetId, url } of await coreTargets(browser)) {
    if (hostname !== undefined && new URL(url).hostname !== hostname) continue;
    await session.send('Target.closeTarget', { targetId });
  }
  await session.detach();
}

/** Crashes the GPU process: a real device loss for every device of the browser. */
export async function crashGpu(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  await session.send('Browser.crashGpuProcess');
  await session.detach();
}

/** Crashes the renderer of a page; `Page.crash` never answers. */
export async function crashPage(session: CDPSession): Promise<void> {
  void session.send('Page.crash').catch(() => {});
}
