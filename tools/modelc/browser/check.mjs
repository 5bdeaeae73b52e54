// Runs the job in /job/job.json with web-llm and puts everything it found into `outcome`; Python judges.
import { countCalls } from './count.mjs';
import { argmax, load, stepper } from './library.mjs';
import { runLogitFunctions, runSampling } from './sampling.mjs';

const dispatches = countCalls(GPUComputePassEncoder, 'dispatchWorkgroups');

/** A conversation: each turn's tokens are read, then `count` greedy ones are made onto the same cache. */
async function converse(pipeline, turns, chunk, count) {
  pipeline.resetKVCache();
  const step = stepper(pipeline);
  const found = [];
  for (const ids of turns) {
    let logits;
    for (let at = 0; at < ids.length; at += chunk) logits = await step(ids.slice(at, at + chunk));
    const first = Array.from(logits);
    const tokens = [];
    while (tokens.length < count) {
      tokens.push(argmax(logits));
      logits = await step(tokens.slice(-1));
    }
    found.push({ tokens, first, last: Array.from(logits) });
  }
  return found;
}

/** Through web-llm's own interface: tokens per second and dispatches per token. */
async function measure(engine, prompt, rounds) {
  const ask = async (max_tokens) => {
    await engine.resetChat();
    const before = dispatches.calls;
    const reply = await engine.completions.create({ prompt, temperature: 0, max_tokens, ignore_eos: true });
    return { count: dispatches.calls - before, ...reply.usage.extra, text: reply.choices[0].text };
  };
  const short = await ask(2);
  const long = await ask(12);
  const speeds = [];
  for (let i = 0; i < rounds; i += 1) speeds.push(await ask(32));
  return {
    dispatchesPerToken: (long.count - short.count) / 10,
    decode: speeds.map((s) => s.decode_tokens_per_s),
    prefill: speeds.map((s) => s.prefill_tokens_per_s),
  };
}

async function main() {
  const job = await (await fetch('/job/job.json')).json();
  const { engine, seconds, pipeline } = await load(job);
  console.log(`loaded in ${seconds.toFixed(1)} s`);
  const outcome = { seconds, conversations: [] };
  for (const turns of job.conversations) {
    outcome.conversations.push(await converse(pipeline, turns, job.chunk, job.count));
    console.log('a conversation done');
  }
  if (job.sampling) outcome.sampling = await runSampling(pipeline, job.sampling);
  if (job.functions) outcome.functions = await runLogitFunctions(pipeline, job.functions);
  if (job.measure) outcome.measured = await measure(engine, job.measure.prompt, job.measure.rounds);
  return outcome;
}

// Nothing may be left waiting: whatever goes wrong is the outcome.
addEventListener('unhandledrejection', (event) => {
  globalThis.outcome ??= { error: String(event.reason?.stack ?? event.reason) };
});
try {
  globalThis.outcome = await main();
} catch (error) {
  globalThis.outcome = { error: String(error.stack ?? error) };
}
