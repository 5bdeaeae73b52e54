import { build } from './app-build.mjs';
import { prepare } from './prepare.mjs';
import { orExit } from './problem.mjs';

await orExit(prepare({ withBuild: false }).then(build));
