import { hashSources } from './source-hash.mjs';
import { inRepo } from './repo.mjs';

/**
 * Names a build: the same sources give the same name on every machine. Tabs and cores of different builds know each
 * other by it. HEARTH_BUILD_ID overrides it, so that tests can make two versions from the same sources.
 */
export function buildId(env = process.env) {
  return env['HEARTH_BUILD_ID'] ?? hashSources(inRepo(), ['src', 'public', 'package-lock.json']).slice(0, 12);
}
