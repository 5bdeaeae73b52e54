import { build } from './app-build.mjs';
import { orExit } from './problem.mjs';

await orExit(build());
