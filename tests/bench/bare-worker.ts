import { MLCEngine } from '@mlc-ai/web-llm';

/** What the page asks for, and what it is told. Times in milliseconds. */
export interface BareRequest {
  prompt: string;
  /** Send every piece of text to every page: the least that any chat does. */
  draws: boolean;
}
export type BareReply =
  | { type: 'first' }
  | { type: 'piece'; text: string }
  | { type: 'done'; text: string; tokens: number; tokensPerSecond: number };

const folder = new URL('../models/pocket/resolve/9/', import.meta.url).href;
const model = 'Pocket-3M-q4f32_1';
const engine = new MLCEngine({
  appConfig: {
    model_list: [
      { model: folder, model_id: model, model_lib: `${folder}pocket-q4f32_1-ctx2k_cs256-webgpu.wasm` },
    ],
  },
  logLevel: 'WARN',
});
const loaded = engine.reload(model);

const ports: MessagePort[] = [];

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  ports.push(port);
  const post = (reply: BareReply): void => port.postMessage(reply);
  port.onmessage = ({ data }) => void answer(data as BareRequest, post);
});

/** A fresh conversation with the sampling that Hearth uses for this model. */
async function answer({ prompt, draws }: BareRequest, post: (reply: BareReply) => void): Promise<void> {
  await loaded;
  await engine.resetChat();
  const chunks = await engine.chat.completions.create({
    messages: [{ role: 'user', content: prompt }],
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0,
    max_tokens: 1024,
  });
  let text = '';
  let tokens = 0;
  let firstAt = 0;
  let lastAt = 0;
  for await (const chunk of chunks) {
    const piece = chunk.choices[0]?.delta.content ?? '';
    if (piece !== '') {
      lastAt = performance.now();
      if (firstAt === 0) {
        firstAt = lastAt;
        post({ type: 'first' });
      }
      text += piece;
      if (draws)
        for (const port of ports) port.postMessage({ type: 'piece', text: piece } satisfies BareReply);
    }
    tokens = chunk.usage?.completion_tokens ?? tokens;
  }
  post({ type: 'done', text, tokens, tokensPerSecond: ((tokens - 1) * 1000) / (lastAt - firstAt) });
}
