import { orExit } from './problem.mjs';
import { runGates } from './run-gates.mjs';

await orExit(runGates(['fmt', 'lint', 'types', 'knip']));
