import { expect, onTestFinished, test } from 'vitest';
import { cdp, page } from 'vitest/browser';
import { openNewChat, painted } from './show-app.tsx';

/** What Playwright's session can do; Vitest leaves its type empty. */
interface DevTools {
  send(method: string, params: object): Promise<unknown>;
}
const devTools = (): DevTools => cdp();

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance, of a computed colour without transparency. */
function luminance(colour: string): number {
  const [red, green, blue] = (colour.match(/\d+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((one, other) => one - other);
  return (light + 0.05) / (dark + 0.05);
}

/** The colour of a token, as the browser computes it. */
function colourOf(token: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

test.each(['light', 'dark'])('borders of fields are seen on each surface, %s', async (scheme) => {
  const emulate = (value: string) =>
    devTools().send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  await emulate(scheme);
  onTestFinished(async () => void (await emulate('')));
  openNewChat();
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await expect.element(page.getByRole('searchbox', { name: 'Search models' })).toBeVisible();
  await painted();
  expect(colourOf('--surface') === 'rgb(27, 23, 20)').toBe(scheme === 'dark');
  const fields = [...document.querySelectorAll('input[type=search]')];
  expect(fields).toHaveLength(2);
  const borders = [
    colourOf('--line-strong'),
    ...fields.map((field) => getComputedStyle(field).borderTopColor),
  ];
  for (const border of borders) {
    for (const surface of ['--surface', '--surface-raised', '--surface-sunken'])
      expect([surface, contrast(border, colourOf(surface)) >= 3]).toEqual([surface, true]);
  }
});
