import { assertNever } from '../../shared/errors.ts';
import { serverKinds, type ServerKind, type ServerView } from '../../shared/servers-state.ts';
import { formatPlural } from './format-figures.ts';

/** What a person named it, or what stands for it. */
export const serverName = ({ name, url }: Pick<ServerView, 'name' | 'url'>): string =>
  name || new URL(url).host;

/** Where this kind of server listens on one's own machine; empty where nobody can know. */
export function presetUrl(kind: ServerKind): string {
  const { port } = serverKinds[kind];
  return port === null ? '' : `http://localhost:${port}/v1`;
}

/** How the last test went. */
export function checkWords({ check, models }: ServerView): string {
  switch (check.type) {
    case 'unknown':
      return models.length === 0 ? 'Not tested yet.' : 'Not tested since Hearth started.';
    case 'testing':
      return 'Testing…';
    case 'ok':
      return `Works, and offers ${formatPlural(models.length, 'model')}. Choose one:`;
    case 'failed':
      return check.problem.message;
    default:
      return assertNever(check);
  }
}

/** Whether a key would cross a network unencrypted. On this computer nothing is crossed. */
export function sendsKeyInTheOpen(url: string, hasKey: boolean): boolean {
  if (!hasKey || !URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}
