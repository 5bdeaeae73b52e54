import { readFileSync } from 'node:fs';
import { inRepo } from './repo.mjs';
import { run } from './run.mjs';
import { Problem } from './problem.mjs';

/**
 * @typedef {{ os?: string[], cpu?: string[], libc?: string[] }} Fitting
 * @typedef {Fitting & { version?: string, integrity?: string, link?: boolean, optional?: boolean }} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages keyed by folder; the project itself is the empty key
 */

/** @typedef {{ os: string, cpu: string, libc: string }} System */

/** @type {() => System} */
function thisSystem() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report?.getReport());
  const libc = report?.header?.glibcVersionRuntime ? 'glibc' : 'musl';
  return { os: process.platform, cpu: process.arch, libc: process.platform === 'linux' ? libc : '' };
}

/**
 * Whether a package is made for some systems, and this is one of them.
 * @param {LockedPackage} locked
 * @param {System} system
 */
function isMadeFor(locked, system) {
  const parts = /** @type {const} */ (['os', 'cpu', 'libc']).filter((part) => locked[part]);
  const fits = (/** @type {string[]} */ list, /** @type {string} */ one) =>
    list.includes(one) || (list[0]?.startsWith('!') === true && !list.includes(`!${one}`));
  return parts.length > 0 && parts.every((part) => fits(locked[part] ?? [], system[part]));
}

/**
 * Whether what npm says it installed is what the lockfile asks for. Optional packages may differ: npm leaves out those
 * for other systems, and a lockfile made where a registry lacks some of them does not name them at all. One that is made
 * for this system (`system` null: any) may not be missing: npm goes on without one that it could not fetch, and a build may not.
 * @param {LockedPackages} wanted
 * @param {LockedPackages} installed
 * @param {System | null} system
 */
export function isInstalled(wanted, installed, system) {
  const folders = Object.keys(wanted).filter((folder) => folder !== '');
  const allThere = folders.every((folder) => {
    const want = wanted[folder];
    const have = installed[folder];
    if (!have) return want?.optional === true && (system === null || !isMadeFor(want, system));
    return have.version === want?.version && have.integrity === want?.integrity;
  });
  return (
    allThere && Object.keys(installed).every((folder) => folder in wanted || installed[folder]?.optional)
  );
}

/** @type {(path: string) => LockedPackages} */
const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/** npm writes it last, so an install that broke off counts as none; so does one that broke off while it was written. */
function readRecord() {
  try {
    return packagesOf(inRepo('node_modules', '.package-lock.json'));
  } catch {
    return null;
  }
}

/** @param {System | null} system */
function isUpToDate(system) {
  const installed = readRecord();
  return installed !== null && isInstalled(packagesOf(inRepo('package-lock.json')), installed, system);
}

/**
 * Installs what the lockfile names, if it is not there already. Not with `npm ci`: from version 11 it refuses a lockfile
 * without the optional packages that its registry lacked (https://github.com/npm/cli/issues/9846). What makes `npm ci`
 * strict is kept: the lockfile is not written, and what was installed must be what it says.
 */
export async function install() {
  if (isUpToDate(thisSystem())) return;
  console.log('Installing dependencies ...');
  // Building needs the development ones too, which NODE_ENV=production would leave out.
  const code = await run('npm', ['install', '--no-save', '--include=dev']);
  if (code !== 0) throw new Problem(`npm install failed with exit code ${code}; the reason is above.`);
  // A package of this system that still cannot be had is tried again at the next start, and may not be needed.
  if (!isUpToDate(null)) throw new Problem('npm installed other packages than package-lock.json names.');
}
