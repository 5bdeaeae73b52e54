import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const folder = fileURLToPath(new URL('../../.cache/openai-python', import.meta.url));
const python = `${folder}/bin/python`;
const script = fileURLToPath(new URL('openai_client.py', import.meta.url));
const openaiVersion = '3.57.0';

/** Installs OpenAI's Python client for these tests. Why that cannot be, as a sentence; null when it is there. */
export async function whyNoPythonClient(): Promise<string | null> {
  try {
    if (!existsSync(python)) await exec('python3', ['-m', 'venv', folder]);
    await exec(python, [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      `openai==${openaiVersion}`,
    ]);
    return null;
  } catch (error) {
    return `OpenAI’s Python client cannot be installed here: ${String(error).split('\n')[0]}`;
  }
}

export interface PythonResult {
  models: string[];
  whole: string;
  usage: number;
  streamed: string;
  streamedUsage: number;
  refused: string;
}

/** Asks the server in the ways that the script lists. */
export async function askInPython(baseUrl: string): Promise<PythonResult> {
  const { stdout } = await exec(python, [script, baseUrl], { timeout: 120_000 });
  return JSON.parse(stdout) as PythonResult;
}
