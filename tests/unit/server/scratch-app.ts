import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Long enough that no socket buffer takes it whole. */
const weights = Buffer.alloc(32 << 20, 'weights ');
export const script = 'console.log("Hearth");\n';
export const compressedScript = 'stands for gzip';

const files: Record<string, string | Buffer> = {
  'outside.txt': 'not for the browser',
  'app/index.html': '<!doctype html><title>Hearth</title>',
  'app/.secret': 'not for the browser',
  'app/manifest.webmanifest': '{}',
  'app/assets/main-DiwrgTda.js': script,
  'app/assets/main-DiwrgTda.js.gz': compressedScript,
  'app/assets/plain.js': script,
  'app/models/pocket/resolve/9/lib.wasm': '\0asm',
  'app/models/pocket/resolve/9/weights.bin': weights,
  'app/models/pocket/SHA256SUMS': 'sums',
};

/** A folder with a built app of a few files in `app`, and a file beside it. */
export function makeScratchApp(): { appDir: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-server-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return { appDir: join(folder, 'app'), remove: () => rmSync(folder, { recursive: true }) };
}
