import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { version } from '../../package.json';
import { assertNever } from '../shared/errors.ts';
import { ownAddresses, urlsFor } from './addresses.ts';
import { startHeadless, type HeadlessBrowser } from './headless-browser.ts';
import { explainListenError } from './explain-listen-error.ts';
import { makeServer, type HearthServer } from './make-server.ts';
import { hasDisplay, openBrowser } from './open-browser.ts';
import { readOptions, usage, type ServeRequest } from './read-options.ts';
import { StartError } from './start-error.ts';

const builtApp = resolve(import.meta.dirname, '..', 'app');
const certificateFolder = resolve(import.meta.dirname, '..', '..', '.cache', 'https');

/** Browsers give the GPU to secure addresses only, so a second computer with one needs HTTPS. Prints where that is. */
async function serveSecurely(server: HearthServer, host: string, port: number): Promise<void> {
  const { ownCertificate, fingerprintOf } = await import('./certificate.ts');
  const names = urlsFor(host, port, ownAddresses()).map((url) =>
    new URL(url).hostname.replaceAll(/[[\]]/g, ''),
  );
  const certificate = await ownCertificate(certificateFolder, names);
  const taken = await server.listenSecurely(port, certificate).catch((error: unknown) => {
    throw explainListenError(error, host, port, '--https-port');
  });
  const [, lan] = urlsFor(host, taken, ownAddresses());
  console.log(
    `A second computer with a GPU opens ${(lan ?? urlsFor(host, taken, [])[0]).replace('http:', 'https:')}`,
  );
  console.log(
    '  Its browser warns once: this computer made the certificate itself. Go on if it shows this fingerprint:',
  );
  console.log(`  ${fingerprintOf(certificate)}`);
}

async function serve({
  host,
  port,
  opensBrowser,
  isHeadless,
  appDir,
  modelsDir,
  securePort,
  door,
}: ServeRequest): Promise<void> {
  const folder = resolve(appDir ?? builtApp);
  if (!existsSync(join(folder, 'index.html'))) {
    throw new StartError(`There is no built app in ${folder}. Run npm start, or npm run build first.`);
  }
  let engine: HeadlessBrowser | null = null;
  const server = makeServer({
    appDir: folder,
    modelsDir: resolve(modelsDir),
    host,
    door,
    expectsEngine: isHeadless,
  });
  const taken = await server.listen(port).catch((error: unknown) => {
    throw explainListenError(error, host, port);
  });
  // Not left to end by itself: the signalling package has timers that it never stops.
  const end = () => {
    engine?.close();
    void server.close().then(() => process.exit(0));
  };
  // SIGHUP: the terminal was closed. The browser is in a group of its own, so nothing but this ends it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, end);
  process.once('exit', () => engine?.close());
  const [url, ...others] = urlsFor(host, taken, ownAddresses());
  console.log(`Hearth is at ${url}`);
  const [lan] = others;
  if (lan !== undefined) {
    console.log(`Phones and other computers of your network open ${lan}`);
    console.log('  They can use this computer’s GPU once you add them: press “Devices” in the browser.');
    console.log('  To keep the network out: npm start -- --host localhost');
  }
  try {
    if (securePort !== null) await serveSecurely(server, host, securePort);
    console.log(`OpenAI clients use ${url}v1`);
    if (isHeadless) engine = startEngine(url, () => server.hasEngine);
    if (opensBrowser && hasDisplay(process.platform, process.env)) await openBrowser(url);
  } catch (error) {
    // Whoever asked for more than this would wait for it in vain.
    await server.close();
    throw error;
  }
}

/** Its profile stays from one start to the next, so that a model is downloaded once. */
const startEngine = (url: string, hasEngine: () => boolean): HeadlessBrowser =>
  startHeadless({
    hasEngine,
    executable: process.env['HEARTH_CHROMIUM'],
    url,
    profile: process.env['HEARTH_PROFILE'] || join(homedir(), '.cache', 'hearth', 'browser'),
    flags: (process.env['HEARTH_CHROMIUM_FLAGS'] ?? '').split(' ').filter((flag) => flag !== ''),
  });

async function main(): Promise<void> {
  const request = readOptions(process.argv.slice(2), process.env);
  switch (request.type) {
    case 'help':
      console.log(usage);
      break;
    case 'version':
      console.log(version);
      break;
    case 'serve':
      await serve(request);
      break;
    default:
      assertNever(request);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  // Not left to end by itself either: a device may have come between the start and its failure.
  process.stderr.write(`${error.message}\n`, () => process.exit(2));
}
