import type { BareReply, BareRequest } from './bare-worker.ts';

export interface BareResult {
  text: string;
  tokens: number;
  tokensPerSecond: number;
  /** From the question to the page's knowing of the first token, in milliseconds. */
  firstTokenMs: number;
}

const worker = new SharedWorker(new URL('bare-worker.ts', import.meta.url), { type: 'module' });
worker.port.start();

/** One question to bare web-llm; the bench calls it in the page. */
function ask(prompt: string): Promise<BareResult> {
  const begun = performance.now();
  return new Promise((resolve) => {
    let firstTokenMs = 0;
    worker.port.onmessage = ({ data }) => {
      const reply = data as BareReply;
      if (reply.type === 'first') firstTokenMs = performance.now() - begun;
      else resolve({ ...reply, firstTokenMs });
    };
    worker.port.postMessage({ prompt } satisfies BareRequest);
  });
}

Object.assign(globalThis, { ask });
