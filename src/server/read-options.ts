import { parseArgs } from 'node:util';
import { defaultDoor, type DoorSettings } from './door/settings.ts';
import { StartError } from './start-error.ts';

const defaultPort = 18888;
const defaultSecurePort = 18843;

export interface ServeRequest {
  type: 'serve';
  port: number;
  host: string;
  opensBrowser: boolean;
  /** Start a browser without a window that answers. */
  isHeadless: boolean;
  appDir: string | null;
  /** Folder with a person's own models. */
  modelsDir: string;
  /** Null: no HTTPS. */
  securePort: number | null;
  door: DoorSettings;
}

export type Request = ServeRequest | { type: 'help' } | { type: 'version' };

export const usage = `Usage: npm start -- [options]

  --port <number>  port to listen on; 0 takes a free one (default: PORT, or ${defaultPort})
  --host <host>    name or address to listen on; localhost keeps the network out (default: HEARTH_HOST, or 0.0.0.0)
  --https          serve over HTTPS too, with a certificate that this machine makes itself: browsers let a second
                   computer use its own GPU at a secure address only
  --https-port <number>
                   port for that; 0 takes a free one (default: ${defaultSecurePort})
  --app <folder>   a built app to serve (default: the one built with this server)
  --models <folder>
                   folders of models that the app may use (default: HEARTH_MODELS, or models in the current folder)
  --no-open        do not open a browser
  --headless       start an installed Chromium without a window as the engine, and again when it dies
  --help           show this
  --version        show the version

The OpenAI-compatible API, at /v1 (Prometheus metrics at /metrics):

  --model <id>               the model that the engine is to load (default: the one chosen in the browser)
  --api-keys <key>...        who asks must have one of these; from other machines a key is always needed
  --allowed-origins <list>   web pages of other origins that may ask: JSON or separated by commas; * is all
  --allowed-methods <list>   what they may send (default: GET,POST)
  --allowed-headers <list>   and with which headers (default: *)
  --allow-credentials        and with cookies or client certificates
  --log-file <file>          append one JSON line for each request, prompt included, and statistics
  --disable-log-requests     no line for each request
  --disable-log-stats        no statistics

Each of these can be set by the environment: HEARTH_MODEL, HEARTH_API_KEYS, HEARTH_LOG_FILE, HEARTH_HEADLESS=1 and so on.
For --headless also HEARTH_CHROMIUM (its path), HEARTH_CHROMIUM_FLAGS (as root: --no-sandbox) and HEARTH_PROFILE (a folder that it
may write to; Ubuntu's snap may to none that is hidden).`;

type Env = Readonly<Record<string, string | undefined>>;

function readPort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new StartError(`"${text}" is not a port: it must be a number from 0 to 65535.`);
}

/** `--api-keys a b` as `--api-keys a --api-keys b`: that is how OpenChat's server takes them. */
function spreadKeys(argv: readonly string[]): string[] {
  let isKey = false;
  return argv.flatMap((word, index) => {
    if (word.startsWith('-')) isKey = word === '--api-keys';
    else if (isKey && argv[index - 1] !== '--api-keys') return ['--api-keys', word];
    return [word];
  });
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: spreadKeys(argv),
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        https: { type: 'boolean', default: false },
        'https-port': { type: 'string' },
        app: { type: 'string' },
        models: { type: 'string' },
        open: { type: 'boolean', default: true },
        headless: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        model: { type: 'string' },
        'api-keys': { type: 'string', multiple: true },
        'allowed-origins': { type: 'string' },
        'allowed-methods': { type: 'string' },
        'allowed-headers': { type: 'string' },
        'allow-credentials': { type: 'boolean' },
        'log-file': { type: 'string' },
        'disable-log-requests': { type: 'boolean' },
        'disable-log-stats': { type: 'boolean' },
      },
      allowNegative: true,
    }).values;
  } catch (error) {
    // Node's sentence goes on about positional arguments after the first full stop.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. ');
    throw new StartError(`${sentence}. See --help.`, { cause: error });
  }
}
type Flags = ReturnType<typeof readFlags>;

/** A list as JSON, as OpenChat's server has it, or separated by commas. */
function readList(name: string, text: string): string[] {
  if (!text.trimStart().startsWith('[')) return text.split(/[\s,]+/).filter((word) => word !== '');
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every((one) => typeof one === 'string')) return list;
  } catch {
    // Said below.
  }
  throw new StartError(`${name} is neither a list of JSON texts nor words separated by commas.`);
}

function readDoor(flags: Flags, env: Env): DoorSettings {
  const word = (name: keyof Flags): string | undefined => {
    const value = flags[name] ?? env[`HEARTH_${name.toUpperCase().replaceAll('-', '_')}`];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const isOn = (name: keyof Flags): boolean =>
    flags[name] === true || ['1', 'true', 'yes'].includes(word(name) ?? '');
  const list = (name: keyof Flags): string[] | undefined => {
    const text = word(name);
    return text === undefined ? undefined : readList(`--${name}`, text);
  };
  const door: DoorSettings = {
    apiKeys: flags['api-keys'] ?? list('api-keys') ?? defaultDoor.apiKeys,
    allowedOrigins: (list('allowed-origins') ?? defaultDoor.allowedOrigins).map((one) =>
      one.replace(/\/$/, ''),
    ),
    allowedMethods: list('allowed-methods') ?? defaultDoor.allowedMethods,
    allowedHeaders: list('allowed-headers') ?? defaultDoor.allowedHeaders,
    allowsCredentials: isOn('allow-credentials'),
    logFile: word('log-file') ?? null,
    logsRequests: !isOn('disable-log-requests'),
    logsStats: !isOn('disable-log-stats'),
    model: word('model') ?? null,
  };
  if (door.apiKeys.some((key) => !/^\S{8,}$/.test(key)))
    throw new StartError('An API key must have at least 8 characters, none of them a space.');
  if (door.allowsCredentials && door.allowedOrigins.includes('*'))
    throw new StartError('With --allow-credentials name each of --allowed-origins: * would be every page.');
  return door;
}

/** What the command line and the environment ask for; the command line wins. Throws a `StartError`. */
export function readOptions(argv: readonly string[], env: Env): Request {
  const flags = readFlags(argv);
  if (flags.help) return { type: 'help' };
  if (flags.version) return { type: 'version' };
  const isHeadless = flags.headless ?? env['HEARTH_HEADLESS'] === '1';
  return {
    type: 'serve',
    port: readPort(flags.port ?? (env['PORT'] || String(defaultPort))),
    // Never empty: to Node that means every address of the machine. Not HOST: conda and others keep the machine's name there.
    host: flags.host || env['HEARTH_HOST'] || '0.0.0.0',
    opensBrowser: flags.open && !isHeadless && !env['CI'],
    isHeadless,
    appDir: flags.app ?? null,
    modelsDir: flags.models || env['HEARTH_MODELS'] || 'models',
    securePort: flags.https ? readPort(flags['https-port'] ?? String(defaultSecurePort)) : null,
    door: readDoor(flags, env),
  };
}
