import { build, isBuilt } from './app-build.mjs';
import { install } from './install.mjs';
import { nodeProblem } from './node-version.mjs';
import { Problem } from './problem.mjs';

/**
 * Makes a fresh clone able to run, and does nothing where nothing has changed. Needs only Node and npm.
 * @param {{ withBuild: boolean }} options
 */
export async function prepare({ withBuild }) {
  const problem = nodeProblem(process.versions.node);
  if (problem) throw new Problem(problem);
  await install();
  if (!withBuild || isBuilt()) return;
  console.log('Building the app ...');
  await build();
}
