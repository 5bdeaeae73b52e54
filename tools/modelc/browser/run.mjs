// node run.mjs FOLDER: opens check.html in Chromium on software WebGPU with FOLDER served at /job/, prints what the
// page found as one line of JSON. test_browser.py writes the folder and judges the answer.
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium } from '@playwright/test';
import { findChromium } from '../../../scripts/chromium.mjs';
import { inRepo } from '../../../scripts/repo.mjs';

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};
const job = process.argv[2];
const minutes = 20;

/** web-llm asks for MODEL/resolve/main/FILE, as on Hugging Face. */
function fileOf(/** @type {string} */ path) {
  if (path === '/web-llm.js') return inRepo('node_modules', '@mlc-ai', 'web-llm', 'lib', 'index.js');
  if (path.startsWith('/job/')) return join(job, path.slice(5).replace('resolve/main/', ''));
  return join(import.meta.dirname, path);
}

const server = createServer((request, response) => {
  const file = fileOf(decodeURIComponent(new URL(request.url ?? '/', 'http://x').pathname));
  if (!existsSync(file) || !statSync(file).isFile()) {
    response.writeHead(404).end();
    return;
  }
  const type = types[extname(file)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-length': statSync(file).size });
  createReadStream(file).pipe(response);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

const profile = mkdtempSync(join(tmpdir(), 'modelc-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: findChromium() ?? undefined,
  headless: true,
  args: [
    '--headless=new',
    '--no-sandbox',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--enable-features=Vulkan',
    '--use-vulkan=swiftshader',
  ],
});
try {
  const page = await context.newPage();
  page.on('console', (message) => console.error(message.text()));
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${server.address().port}/check.html`);
  const handle = await page.waitForFunction(() => globalThis.outcome, null, { timeout: minutes * 60_000 });
  console.log(JSON.stringify(await handle.jsonValue()));
} finally {
  await context.close();
  server.close();
  rmSync(profile, { recursive: true, force: true });
}
