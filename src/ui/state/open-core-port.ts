// The one place where the page names the worker: by its address, never by its code.
import coreUrl from '../../worker/main.ts?worker&url';
import { AppError } from '../../shared/errors.ts';

export interface CorePort {
  port: MessagePort;
  /** Rejects when the worker cannot start. */
  failed: Promise<never>;
}

/**
 * Where the core runs, best first: a SharedWorker; without one, a dedicated worker of this tab. Cores of other tabs are
 * no danger in either case: only one at a time gets into office (`worker/succession.ts`).
 *
 * `extendedLifetime` keeps the loaded model through a reload of the only tab (Chrome 148). These options must be the
 * same everywhere: a SharedWorker refuses a connection whose options differ from those it was started with.
 */
export function openCorePort(): CorePort {
  if (typeof SharedWorker === 'undefined') {
    const worker = new Worker(trustedUrl(), { type: 'module' });
    const { port1, port2 } = new MessageChannel();
    worker.postMessage({ type: 'connect' }, [port2]);
    return { port: port1, failed: failureOf(worker) };
  }
  const worker = new SharedWorker(trustedUrl(), { type: 'module', extendedLifetime: true });
  return { port: worker.port, failed: failureOf(worker) };
}

/** Workers that cannot start say so in an `error` event without any detail. */
function failureOf(worker: AbstractWorker): Promise<never> {
  const failed = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      reject(new AppError('core-died', 'Hearth’s core could not be started.', { cause: event }));
    });
  });
  // Of interest only until the first hello is answered.
  failed.catch(() => {});
  return failed;
}

let policy: Pick<TrustedTypePolicy, 'createScriptURL'> | undefined;

/** Trusted Types let nothing but a policy's value start a worker; this policy knows one address. */
function trustedUrl(): string {
  policy ??= window.trustedTypes?.createPolicy('hearth', { createScriptURL: () => coreUrl });
  return (policy?.createScriptURL('') as unknown as string | undefined) ?? coreUrl;
}
