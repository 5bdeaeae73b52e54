import { StartError } from './start-error.ts';

function sentenceFor(code: string, host: string, port: number, flag: string): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is in use: Hearth may be running already. Choose another with ${flag}.`;
    case 'EACCES':
      return `Port ${port} may not be used by you. Choose one above 1023 with ${flag}.`;
    case 'EADDRNOTAVAIL':
      return `${host} is not an address of this machine. Choose another with --host.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `No address is known for the host "${host}". Choose another with --host.`;
    default:
      return `Hearth cannot listen on ${host}, port ${port} (${code}).`;
  }
}

/** The reason why `listen` failed, as a sentence. */
export function explainListenError(error: unknown, host: string, port: number, flag = '--port'): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new StartError(sentenceFor(code, host, port, flag), { cause: error });
}
