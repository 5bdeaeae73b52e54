import type { ServerResponse } from 'node:http';

/** Ends a response with a status and a sentence. */
export function refuse(response: ServerResponse, status: number, sentence: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${sentence}\n`);
}

const notFoundPage = `<!doctype html>
<html lang="en">
  <meta charset="utf-8" />
  <title>Not found · Hearth</title>
  <p>There is nothing at this address. <a href="/">Open Hearth</a></p>
</html>
`;

export function refuseUnknownPath(response: ServerResponse): void {
  response.writeHead(404, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(notFoundPage);
}
