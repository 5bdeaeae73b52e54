import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { ensureChromium, findChromium } from './chromium.mjs';
import { prepare } from './prepare.mjs';
import { orExit, Problem } from './problem.mjs';
import { inRepo } from './repo.mjs';

/** One chat a line, oldest first; the last one is in the picture. All of it is what the built-in model does well. */
const chats = [
  ['My name is Nora.', 'What is my name?'],
  ['What is the capital of France?'],
  ['Count from 3 to 9.'],
  ['List five fruits.'],
  ['Tell me a joke.'],
  ['What can you do?', 'Show me some math.', 'Write hello world in Python'],
];

const answerTimeout = 120_000;

/**
 * Asks, and waits for the whole answer.
 * @param {import('@playwright/test').Page} page
 * @param {string} text
 */
async function chat(page, text) {
  const answers = page.getByRole('article', { name: 'Assistant' });
  const before = await answers.count();
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
  const answer = answers.nth(before);
  await answer.and(page.locator('[aria-busy=false]')).waitFor({ timeout: answerTimeout });
}

/**
 * Chats with the real model, then takes the pictures.
 * @param {import('@playwright/test').Page} page
 * @param {string} url
 */
async function takePictures(page, url) {
  await page.goto(url);
  for (const [index, texts] of chats.entries()) {
    if (index > 0) await page.getByRole('button', { name: 'New chat' }).click();
    for (const text of texts) await chat(page, text);
  }
  // Formulas and colours of code come late; for fonts the screenshot waits by itself.
  await page.locator('.katex').first().waitFor();
  await page.locator('.hljs [class^=hljs-]').first().waitFor();
  // Nothing is pointed at or typed in.
  await page.mouse.move(0, 0);
  await page.getByRole('textbox', { name: 'Message' }).blur();
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: inRepo('docs', `hearth-${colorScheme}.png`), animations: 'disabled' });
  }
}

async function screenshots() {
  await prepare({ withBuild: true });
  await ensureChromium();
  mkdirSync(inRepo('docs'), { recursive: true });
  const { chromium } = await import('@playwright/test');
  const server = spawn(
    process.execPath,
    [inRepo('dist', 'server', 'main.js'), '--port', '0', '--host', 'localhost', '--no-open'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const browser = await chromium.launch({
    executablePath: findChromium() ?? '',
    // As in tests/support/chromium.ts: WebGPU in software.
    args: [
      '--enable-unsafe-webgpu',
      '--use-webgpu-adapter=swiftshader',
      '--enable-features=Vulkan',
      '--use-vulkan=swiftshader',
      '--no-sandbox',
    ],
  });
  try {
    const [line] = await once(server.stdout, 'data');
    const url = /http:\/\/\S+/.exec(String(line))?.[0];
    if (url === undefined) throw new Problem(`The server printed no address: ${line}`);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    await takePictures(await context.newPage(), url);
  } finally {
    await browser.close();
    server.kill('SIGINT');
  }
  console.log('Made docs/hearth-light.png and docs/hearth-dark.png.');
}

await orExit(screenshots());
