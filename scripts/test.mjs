import { gates } from './gates.mjs';
import { orExit } from './problem.mjs';
import { runGates } from './run-gates.mjs';

const named = process.argv.slice(2);
await orExit(runGates(named.length > 0 ? named : gates.map((gate) => gate.name)));
