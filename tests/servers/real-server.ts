import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { expect } from 'vitest';

const folder = resolve(import.meta.dirname, '../../.cache/servers');
const bin = `${folder}/venv/bin`;
const model = `${folder}/smollm2.gguf`;

/** What the servers below call the model. */
export const modelName = 'smollm2';

export type Maker = 'tinyq4' | 'llama-cpp-python';

const commands: Record<Maker, (port: number) => string[]> = {
  tinyq4: (port) => [`${bin}/tinyq4`, model, '--server', String(port)],
  'llama-cpp-python': (port) => [
    `${bin}/python`,
    ...`-m llama_cpp.server --model_alias ${modelName} --n_ctx 1024 --api_key sk-test --host 127.0.0.1`.split(
      ' ',
    ),
    '--port',
    String(port),
    '--model',
    model,
  ],
};

export interface RealServer {
  readonly base: string;
  /** As a crash does. */
  kill(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a server of others' making, and waits until it names its model. */
export async function startReal(maker: Maker): Promise<RealServer> {
  const port = await freePort();
  const [command = '', ...args] = commands[maker](port);
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let words = '';
  child.stderr?.on('data', (data: Buffer) => (words = `${words}${String(data)}`.slice(-4000)));
  const exited = once(child, 'exit');
  const base = `http://127.0.0.1:${port}/v1/`;
  await expect
    .poll(
      async () => {
        if (child.exitCode !== null) throw new Error(`${maker} ended: ${words}`);
        const headers = { authorization: 'Bearer sk-test' };
        return fetch(`${base}models`, { headers }).then(
          ({ status }) => status,
          () => 0,
        );
      },
      { timeout: 150_000, interval: 500 },
    )
    .toBe(200);
  return {
    base,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
