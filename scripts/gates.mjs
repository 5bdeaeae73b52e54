import { countPlaywright, countVitest } from './count-tests.mjs';

/**
 * @typedef {object} Gate
 * @property {string} name
 * @property {string[]} command
 * @property {(report: any) => import('./count-tests.mjs').Counts} [count] reads the runner's JSON report
 * @property {boolean} [needsChromium]
 * @property {boolean} [needsBuild]
 */

/**
 * Where the JSON report of a gate with tests goes.
 * @param {string} name
 */
export const reportPath = (name) => `.cache/gates/${name}.json`;

/** @param {string} project */
const vitest = (project) => [
  'vitest',
  'run',
  `--project=${project}`,
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${reportPath(project)}`,
];

/** @type {Gate[]} in the order in which they run */
export const gates = [
  { name: 'fmt', command: ['oxfmt', '--check', '.'] },
  {
    name: 'lint',
    command: ['oxlint', '--type-aware', '--deny-warnings', 'src', 'tests', 'scripts', 'tools'],
  },
  { name: 'types', command: ['node', 'scripts/types.mjs'] },
  { name: 'knip', command: ['knip'] },
  { name: 'build', command: ['node', 'scripts/build.mjs'] },
  { name: 'unit', command: vitest('unit'), count: countVitest },
  { name: 'server', command: vitest('server'), count: countVitest },
  { name: 'browser', command: vitest('browser'), count: countVitest, needsChromium: true },
  {
    name: 'e2e',
    command: ['playwright', 'test', '--project=e2e', '--reporter=list,json'],
    count: countPlaywright,
    needsChromium: true,
    needsBuild: true,
  },
  { name: 'size', command: ['size-limit'], needsBuild: true },
];
