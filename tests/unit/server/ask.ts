import { request, type IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

interface Question {
  path?: string;
  method?: string;
  headers?: Record<string, string>;
  address?: string;
}

/** One request, sent as it is written: `fetch` would tidy the path and choose the Host header itself. */
export function ask(
  port: number,
  { path = '/', method = 'GET', headers = {}, address = '127.0.0.1' }: Question,
) {
  return new Promise<Answer>((resolve, reject) => {
    const sent = request({ host: address, port, path, method, headers, agent: false }, (response) => {
      buffer(response)
        .then((body) => resolve({ status: response.statusCode, headers: response.headers, body }))
        .catch(reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}
