/** Whether there is a screen to show a browser on. */
export const hasDisplay = (
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): boolean =>
  platform === 'darwin' ||
  platform === 'win32' ||
  ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME'].some((name) => env[name]);

/** Opens the person's browser. The address is on the console, so failing to is no error. */
export async function openBrowser(url: string): Promise<void> {
  try {
    // Loaded only here: it costs a noticeable part of the start.
    const { default: open } = await import('open');
    const browser = await open(url);
    browser.on('error', (error) => console.error(`No browser could be opened: ${error.message}`));
  } catch (error) {
    console.error(`No browser could be opened: ${error instanceof Error ? error.message : String(error)}`);
  }
}
