import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import sirv from 'sirv';
import { isModelFile, sendModelFolders } from './local-models.ts';
import { refuseUnknownPath } from './refuse.ts';

/** Vite puts eight characters of hash into these names; a model's `resolve/<version>` folder never changes either. */
const unchanging = /^\/assets\/.+-[\w-]{8}\.\w+$|^\/models\/.+\/resolve\//;

const cacheControl = (path: string): string =>
  unchanging.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';

/**
 * Keeps a `Range` header only in the form that sirv reads right, `bytes=first-last` or `bytes=first-`: one that runs
 * backwards would throw inside sirv. Leaving others out is allowed and answers with the whole file (RFC 9110, 14.2),
 * and so is ignoring a range that depends on a validator, as our ETags are weak ones (13.1.5).
 */
function keepPlainRange(request: IncomingMessage): void {
  const { headers } = request;
  if (headers.range === undefined) return;
  const match = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(headers.range);
  const first = Number(match?.[1] ?? Number.NaN);
  const last = Number(match?.[2] ?? Number.POSITIVE_INFINITY);
  if (first <= last && last > 0 && headers['if-range'] === undefined) {
    // The bytes meant are the file's, not those of its compressed copy.
    delete headers['accept-encoding'];
  } else {
    delete headers.range;
  }
}

/** `..`, and files that begin with a dot, in any spelling that sirv would decode. */
function hasHiddenPart(url: string): boolean {
  const path = url.replace(/[?#].*$/s, '').replaceAll(/%2e/gi, '.');
  return /(?:^|[/\\]|%5c)\./i.test(path);
}

/** Whether an address under `/models/` names a file of a model, as sirv decodes it: of a folder it would send the `index` in it. */
function isOfModel(modelsDir: string, url: string): boolean {
  try {
    const [folder = '', ...name] = decodeURI(url.slice('/models/'.length).replace(/[?#].*$/s, '')).split('/');
    return isModelFile(join(modelsDir, folder), name.join('/'));
  } catch {
    return false;
  }
}

/** sirv leaves its file open when a client goes away, and without a listener a failed read would end the process. */
function tieFileTo(response: ServerResponse): void {
  response.once('pipe', (file: Readable) => {
    file.once('error', () => response.destroy());
    response.once('close', () => file.destroy());
  });
}

/**
 * Answers GET and HEAD with the files of a built app, and under `/models/` also with a person's own. Addresses inside the app are
 * fragments, so others are unknown.
 */
export function serveApp(
  appDir: string,
  modelsDir: string | null = null,
): (request: IncomingMessage, response: ServerResponse) => void {
  const serveFile = sirv(appDir, {
    // Looks at the disk for every request, so that a new build is served without a restart, and whole.
    dev: true,
    etag: true,
    gzip: true,
    extensions: [],
    setHeaders: (response, path) => response.setHeader('cache-control', cacheControl(path)),
  });
  const serveModel =
    modelsDir === null
      ? null
      : sirv(modelsDir, {
          dev: true,
          etag: true,
          extensions: [],
          setHeaders: (response, path) => {
            response.setHeader('cache-control', 'no-cache');
            // Somebody else made these files, and they have the app's origin: none may be a page or a script of it.
            response.setHeader('content-security-policy', "default-src 'none'; sandbox");
            if (!/\.(?:json|wasm)$/.test(path))
              response.setHeader('content-type', 'application/octet-stream');
          },
        });

  function elsewhere(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '/';
    if (serveModel === null || modelsDir === null) return refuseUnknownPath(response);
    if (!url.startsWith('/models/') || !isOfModel(modelsDir, url)) return refuseUnknownPath(response);
    request.url = url.slice('/models'.length);
    serveModel(request, response, () => refuseUnknownPath(response));
  }

  return (request, response) => {
    const url = request.url ?? '/';
    if (hasHiddenPart(url)) return refuseUnknownPath(response);
    if (modelsDir !== null && /^\/models\/(?:\?|$)/.test(url))
      return void sendModelFolders(modelsDir, request, response);
    keepPlainRange(request);
    // The only address that names a folder; `extensions: []` keeps sirv from guessing at others.
    if (/^\/(?:\?|$)/.test(url)) request.url = `/index.html${url.slice(1)}`;
    tieFileTo(response);
    serveFile(request, response, () => elsewhere(request, response));
  };
}
