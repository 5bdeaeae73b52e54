// Opens a page of this folder in Chromium on software WebGPU, each time with a profile of its own, so that nothing is
// cached. The page puts what it found into `outcome`.
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium, errors } from '@playwright/test';
import { findChromium } from '../../../scripts/chromium.mjs';
import { Problem } from '../../../scripts/problem.mjs';
import { inRepo } from '../../../scripts/repo.mjs';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

const flags = [
  '--headless=new',
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
];

/** A browser with an empty profile. */
async function launch(/** @type {string} */ profile) {
  const executablePath = findChromium() ?? undefined;
  try {
    return await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: flags });
  } catch (error) {
    throw new Problem(
      `Chromium could not be started: install Chromium or Chrome, or set HEARTH_CHROMIUM to its path (${firstLine(error)}).`,
      { cause: error },
    );
  }
}

/** Of what Playwright says; then come its log and its stack. */
const firstLine = (/** @type {unknown} */ error) =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];

/**
 * What the page found. Rejects with a `Problem` when there is no browser, or it or the page gives up.
 * @param {string} name of the page, without `.html`
 * @param {(path: string) => string | null} fileOf the file for an address under `/job/`, given what follows
 * @param {number} minutes that the page may take
 */
export async function outcomeOf(name, fileOf, minutes = 20) {
  const find = (/** @type {string} */ path) => {
    if (path === '/web-llm.js') return inRepo('node_modules', '@mlc-ai', 'web-llm', 'lib', 'index.js');
    return path.startsWith('/job/') ? fileOf(path.slice(5)) : join(import.meta.dirname, path);
  };
  const server = createServer((request, response) => {
    const file = find(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
    if (file === null || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-length': statSync(file).size });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));

  const profile = mkdtempSync(join(tmpdir(), 'modelc-'));
  let context = null;
  try {
    context = await launch(profile);
    const page = await context.newPage();
    page.on('console', (message) => console.error(message.text()));
    page.on('pageerror', (error) => console.error(error));
    const timeout = minutes * 60_000;
    await page.goto(`http://127.0.0.1:${server.address().port}/${name}.html`, { timeout });
    const handle = await page.waitForFunction(() => globalThis.outcome, null, { timeout });
    return await handle.jsonValue();
  } catch (error) {
    if (error instanceof Problem) throw error;
    const isLate = error instanceof errors.TimeoutError;
    throw new Problem(
      isLate
        ? `${name}.html was not done within ${minutes} minutes.`
        : `The browser ended before ${name}.html was done (${firstLine(error)}).`,
      { cause: error },
    );
  } finally {
    await context?.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
