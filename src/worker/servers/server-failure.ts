import { AppError, assertNever } from '../../shared/errors.ts';
import type { ProxyRefusal } from '../../shared/proxy-contract.ts';
import type { ServerProblem, ServerProblemKind } from '../../shared/servers-state.ts';

/** A server did not do what it was asked. Another one with the same model may. */
export class ServerFailure extends AppError {
  readonly kind: ServerProblemKind;

  constructor({ kind, message }: ServerProblem, options?: ErrorOptions) {
    super('host-lost', message, options);
    this.kind = kind;
  }

  get problem(): ServerProblem {
    return { kind: this.kind, message: this.message };
  }
}

/** A server ended an answer in its middle; what it wrote stays. */
export class BrokenOff extends AppError {
  /** Without a person: at another server, or at this one exactly where the text ends. */
  readonly canGoOn: boolean;

  constructor(message: string, canGoOn: boolean, options?: ErrorOptions) {
    super('host-lost', message, options);
    this.canGoOn = canGoOn;
  }
}

const certificateWords: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it made its certificate itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is from an authority that this computer does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is from an authority that this computer does not know',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is from an authority that this computer does not know',
};

/** Node's words for why a server cannot be reached, as a sentence that says what to look at. */
export function reachProblem(origin: string, code: string | null): ServerProblem {
  const { host, hostname, protocol } = new URL(origin);
  const certificate = code === null ? undefined : certificateWords[code];
  if (certificate !== undefined) {
    return { kind: 'tls', message: `${host} cannot be trusted: ${certificate}.` };
  }
  if (code === 'EPROTO' || code?.startsWith('ERR_SSL') || code?.startsWith('ERR_TLS')) {
    const hint = protocol === 'https:' ? ' Try the address with http:// instead.' : '';
    return { kind: 'tls', message: `${host} does not speak HTTPS as it should.${hint}` };
  }
  if (code?.startsWith('HPE_')) {
    const message = `What listens at ${host} does not speak HTTP. If it speaks HTTPS, begin the address with https://.`;
    return { kind: 'not-compatible', message };
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { kind: 'dns', message: `No computer is called “${hostname}”. Look for a typing mistake.` };
    case 'ECONNREFUSED':
      return {
        kind: 'refused',
        message: `Nothing listens at ${host}. Is the server running, and is the port right?`,
      };
    case 'ECONNRESET':
    case 'EPIPE':
      return { kind: 'unreachable', message: `${host} ended the connection without an answer.` };
    case 'ETIMEDOUT':
      return timeoutProblem(origin);
    case 'LINK_LOCAL':
      return {
        kind: 'unreachable',
        message: `Hearth does not talk to link-local addresses such as ${host}.`,
      };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return { kind: 'unreachable', message: `The network has no way to ${host}.` };
    default:
      return {
        kind: 'unreachable',
        message: `${host} cannot be reached${code === null ? '' : ` (${code})`}.`,
      };
  }
}

export const timeoutProblem = (origin: string): ServerProblem => ({
  kind: 'timeout',
  message: `${new URL(origin).host} did not answer in time. Is it busy, or behind a firewall?`,
});

/** What the local server says when it does not pass a request on. */
export function refusalProblem(origin: string, { error }: ProxyRefusal): ServerProblem {
  switch (error.type) {
    case 'unreachable':
      return reachProblem(origin, error.code);
    case 'timeout':
      return timeoutProblem(origin);
    case 'too-large':
      return { kind: 'no-proxy', message: 'This conversation is too long to be sent. Start a new chat.' };
    case 'too-many':
      return { kind: 'busy', message: 'Too many requests are under way. Try again in a moment.' };
    case 'forbidden':
    case 'no-session':
    case 'bad-request':
      return noProxy;
    default:
      return assertNever(error.type);
  }
}

/** Servers are reached through the local one, which serves only pages that are opened beside it. */
export const noProxy: ServerProblem = {
  kind: 'no-proxy',
  message:
    'Servers can be used where Hearth itself was started: open it there, at the address with “localhost” that it printed.',
};

/** An answer whose status is not 2xx. `detail` is the server's own sentence, if it had one. */
export function statusProblem(origin: string, status: number, detail: string | null): ServerProblem {
  const { host } = new URL(origin);
  const said = detail === null ? '' : ` It says: ${detail}`;
  if (status === 401) {
    return { kind: 'unauthorized', message: `${host} wants a key, or does not take this one.` };
  }
  if (status === 403) return { kind: 'forbidden', message: `${host} does not allow this with this key.` };
  if (status === 404 || status === 405) {
    return {
      kind: 'wrong-path',
      message: `${host} answers, but not at this path. The address often ends in /v1.${said}`,
    };
  }
  if (status >= 300 && status < 400) {
    return {
      kind: 'redirect',
      message: `${host} points to another address. Type that one: redirects are not followed.`,
    };
  }
  if (status === 429) return { kind: 'busy', message: `${host} has too much to do. Try again later.${said}` };
  if (status === 408 || status === 504) return timeoutProblem(origin);
  return { kind: 'server-error', message: `${host} failed with status ${status}.${said}` };
}
