import { parseArgs } from 'node:util';
import { StartError } from './start-error.ts';

const defaultPort = 18888;
const defaultSecurePort = 18843;

export type Request =
  | {
      type: 'serve';
      port: number;
      host: string;
      opensBrowser: boolean;
      appDir: string | null;
      securePort: number | null;
    }
  | { type: 'help' }
  | { type: 'version' };

export const usage = `Usage: npm start -- [options]

  --port <number>  port to listen on; 0 takes a free one (default: PORT, or ${defaultPort})
  --host <host>    name or address to listen on; localhost keeps the network out (default: HOST, or 0.0.0.0)
  --https          serve over HTTPS too, with a certificate that this machine makes itself: browsers let a second
                   computer use its own GPU at a secure address only
  --https-port <number>
                   port for that; 0 takes a free one (default: ${defaultSecurePort})
  --app <folder>   a built app to serve (default: the one built with this server)
  --no-open        do not open a browser
  --help           show this
  --version        show the version`;

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new StartError(`"${text}" is not a port: it must be a number from 0 to 65535.`);
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        https: { type: 'boolean', default: false },
        'https-port': { type: 'string' },
        app: { type: 'string' },
        open: { type: 'boolean', default: true },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
      allowNegative: true,
    }).values;
  } catch (error) {
    // Node's sentence goes on about positional arguments after the first full stop.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new StartError(`${sentence}. See --help.`, { cause: error });
  }
}

/** What the command line and the environment ask for; the command line wins. Throws a `StartError`. */
export function readOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Request {
  const flags = readFlags(argv);
  if (flags.help) return { type: 'help' };
  if (flags.version) return { type: 'version' };
  return {
    type: 'serve',
    port: readPort(flags.port ?? (env['PORT'] || String(defaultPort))),
    // Never empty: to Node that means every address of the machine.
    host: flags.host || env['HOST'] || '0.0.0.0',
    opensBrowser: flags.open && !env['CI'],
    appDir: flags.app ?? null,
    securePort: flags.https ? readPort(flags['https-port'] ?? String(defaultSecurePort)) : null,
  };
}
