// Has the conversations in /job/job.json with the model, greedy, each question after the model's own answers.
import { argmax, load, stepper } from './library.mjs';

const noted = 20;

/** A conversation: the replies to all questions that its context has room for. */
async function talk(pipeline, { start, questions, longest }, { chunk, context, stop }) {
  pipeline.resetKVCache();
  const step = stepper(pipeline);
  let position = 0;
  const feed = async (ids) => {
    let logits;
    for (let at = 0; at < ids.length; at += chunk) logits = await step(ids.slice(at, at + chunk));
    position += ids.length;
    return logits;
  };
  const replies = [];
  let pending = [...pipeline.tokenizer.encode(start)];
  for (const question of questions) {
    pending.push(...pipeline.tokenizer.encode(question));
    if (position + pending.length >= context) break;
    const tokens = [];
    let next = argmax(await feed(pending));
    while (next !== stop && tokens.length < longest && position < context) {
      tokens.push(next);
      next = argmax(await feed([next]));
    }
    replies.push({
      text: pipeline.tokenizer.decode(new Int32Array(tokens)).replace(/^ /, ''),
      ended: next === stop,
    });
    pending = [stop];
  }
  return replies;
}

async function main() {
  const job = await (await fetch('/job/job.json')).json();
  const { pipeline } = await load(job);
  const talks = [];
  for (const each of job.talks) {
    talks.push(await talk(pipeline, each, job));
    if (talks.length % noted === 0) console.log(`${talks.length} of ${job.talks.length} conversations`);
  }
  return { talks };
}

// Nothing may be left waiting: whatever goes wrong is the outcome.
try {
  globalThis.outcome = await main();
} catch (error) {
  globalThis.outcome = { error: String(error.stack ?? error) };
}
