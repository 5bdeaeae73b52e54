import type { BareReply, BareRequest } from './bare-worker.ts';

export interface BareResult {
  text: string;
  tokens: number;
  tokensPerSecond: number;
  /** From the question to the page's knowing of the first token, in milliseconds. */
  firstTokenMs: number;
}

const worker = new SharedWorker(new URL('bare-worker.ts', import.meta.url), { type: 'module' });
const shown = document.body.appendChild(document.createElement('p')).appendChild(new Text());
let firstAt = 0;
let onDone = (_result: Omit<BareResult, 'firstTokenMs'>): void => {};

worker.port.onmessage = ({ data }) => {
  const reply = data as BareReply;
  if (reply.type === 'piece') shown.appendData(reply.text);
  else if (reply.type === 'first') firstAt = performance.now();
  else onDone(reply);
};

/** One question to bare web-llm; the bench calls it in the page. */
function ask(prompt: string, draws = false): Promise<BareResult> {
  const begun = performance.now();
  shown.data = '';
  worker.port.postMessage({ prompt, draws } satisfies BareRequest);
  return new Promise((resolve) => {
    onDone = (result) => resolve({ ...result, firstTokenMs: firstAt - begun });
  });
}

Object.assign(globalThis, { ask });
