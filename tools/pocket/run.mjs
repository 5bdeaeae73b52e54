import { inRepo } from '../../scripts/repo.mjs';
import { ensurePython, exitWith, runPython, testTool } from '../python.mjs';

// `npm run pocket -- COMMAND`: installs what is missing, then runs the command. `test` runs the tests instead.
const [command = '--help', ...rest] = process.argv.slice(2);

exitWith(() => {
  const python = ensurePython('pocket', {
    withTests: true,
    says: 'Setting up the Python packages. They take some 5 GB on Linux, as PyTorch brings those for GPUs.',
  });
  if (command === 'test') return testTool('pocket', python, rest);
  return runPython(python, ['-m', 'pocket', command, ...rest], inRepo());
});
