import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const inDist = (path: string): string => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** Which build to serve, by its folder in dist: the app itself, or what `build-variants.ts` and the benchmarks make. */
export type Variant = 'app' | 'scripted' | 'next' | 'bare';

export interface ServerProcess {
  /** With a slash at its end. */
  url: string;
  /** All that it printed so far. */
  readonly printed: readonly string[];
  /** Ends it as Ctrl-C does; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts the built server as a process of its own and waits for the address it prints. Port 0 is a free one. */
export async function startServer(
  variant: Variant,
  port = 0,
  { flags = [], env = {} }: { flags?: string[]; env?: Record<string, string> } = {},
): Promise<ServerProcess> {
  const own = ['--port', String(port), '--no-open', '--app', inDist(variant)];
  const child = spawn(process.execPath, [inDist('server/main.js'), ...own, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout });
  const printed: string[] = [];
  lines.on('line', (line) => printed.push(line));
  const firstLine = once(lines, 'line') as Promise<[string]>;
  const tooEarly = exited.then(([code]) => {
    throw new Error(`The server ended before it printed an address (exit code ${code}).`);
  });
  const [line] = await Promise.race([firstLine, tooEarly]);
  // It will end one day, which is then no error.
  tooEarly.catch(() => {});
  const url = /http:\/\/\S+/.exec(line)?.[0];
  if (url === undefined) throw new Error(`The server printed no address: ${line}`);
  return {
    url,
    printed,
    async stop() {
      child.kill('SIGINT');
      const [code] = await exited;
      return code;
    },
  };
}
