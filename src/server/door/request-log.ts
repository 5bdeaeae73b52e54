import { createWriteStream } from 'node:fs';

export interface RequestLogOptions {
  /** Null: nothing is kept. */
  file: string | null;
  logsRequests: boolean;
  logsStats: boolean;
  /** Never written, wherever they may stand. */
  secrets: readonly string[];
}

export interface RequestLine {
  client: string;
  route: string;
  status: number;
  ms: number;
  promptTokens: number;
  completionTokens: number;
  /** As it was sent. */
  request: unknown;
}

/** A log of JSON lines, only where the person named a file for it. */
export interface RequestLog {
  request(line: RequestLine): void;
  stats(line: Record<string, number>): void;
  close(): void;
}

export function makeRequestLog({ file, logsRequests, logsStats, secrets }: RequestLogOptions): RequestLog {
  const stream = file === null ? null : createWriteStream(file, { flags: 'a', mode: 0o600 });
  stream?.on('error', (error) => console.error(`The log cannot be written: ${error.message}`));

  function write(line: object): void {
    let text = JSON.stringify({ time: new Date().toISOString(), ...line });
    for (const secret of secrets) text = text.replaceAll(JSON.stringify(secret).slice(1, -1), '[key]');
    stream?.write(`${text}\n`);
  }

  return {
    request(line) {
      if (logsRequests) write({ type: 'request', ...line });
    },
    stats(line) {
      if (logsStats) write({ type: 'stats', ...line });
    },
    close: () => void stream?.end(),
  };
}
