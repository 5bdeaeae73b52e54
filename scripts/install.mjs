import { existsSync, readFileSync } from 'node:fs';
import { inRepo } from './repo.mjs';
import { run } from './run.mjs';
import { Problem } from './problem.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages keyed by folder; the project itself is the empty key
 */

/**
 * Whether what npm says it installed is what the lockfile asks for. Optional packages may differ: npm leaves out those
 * for other systems, and a lockfile made where a registry lacks some of them does not name them at all.
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 */
export function isInstalled(wanted, installed) {
  const folders = Object.keys(wanted).filter((folder) => folder !== '');
  const allThere = folders.every((folder) => {
    const want = wanted[folder];
    const have = installed[folder];
    if (!have) return want?.optional === true;
    return have.version === want?.version && have.integrity === want?.integrity;
  });
  return (
    allThere && Object.keys(installed).every((folder) => folder in wanted || installed[folder]?.optional)
  );
}

/** npm writes the second file last, so an install that broke off counts as none. */
function isUpToDate() {
  const record = inRepo('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  /** @type {(path: string) => LockedPackages} */
  const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;
  return isInstalled(packagesOf(inRepo('package-lock.json')), packagesOf(record));
}

/**
 * Installs what the lockfile names, if it is not there already. Not with `npm ci`: from version 11 it refuses a lockfile
 * without the optional packages that its registry lacked (https://github.com/npm/cli/issues/9846). What makes `npm ci`
 * strict is kept: the lockfile is not written, and what was installed must be what it says.
 */
export async function install() {
  if (isUpToDate()) return;
  console.log('Installing dependencies ...');
  // Building needs the development ones too, which NODE_ENV=production would leave out.
  const code = await run('npm', ['install', '--no-save', '--include=dev']);
  if (code !== 0) throw new Problem(`npm install failed with exit code ${code}; the reason is above.`);
  if (!isUpToDate()) throw new Problem('npm installed other packages than package-lock.json names.');
}
