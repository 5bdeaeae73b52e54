import type { Pipeline } from '../../../src/worker/engines/pipeline.ts';
import { parseChatConfig } from '../../../src/worker/models/chat-config.ts';

export interface FakePipeline extends Pipeline {
  /** What was done to the KV cache. */
  calls: string[];
  /** What is in it. */
  held: number[];
  liveLogits: number;
}

export interface FakePipelineOptions {
  /** The token that follows the `made`-th of an answer. */
  next?: (made: number) => number;
  contextWindow?: number;
  canRewind?: boolean;
  /** What the template has between the model's name and an answer that is to be written. */
  emptySep?: string;
}

/** A tokenizer of letters, and a KV cache that checks that what is read fits. */
export function makeFakePipeline(options: FakePipelineOptions = {}): FakePipeline {
  const { next = () => 97, contextWindow = 100, canRewind = true, emptySep = ':' } = options;
  let sampled = 0;
  const pipeline: FakePipeline = {
    calls: [],
    held: [],
    liveLogits: 0,
    config: parseChatConfig({
      conv_template: {
        system_template: '{system_message}',
        system_message: '',
        roles: { user: 'U', assistant: 'A' },
        seps: ['\u0001'],
        role_content_sep: ':',
        role_empty_sep: emptySep,
        stop_str: ['END'],
        stop_token_ids: [1],
      },
    }),
    contextWindow,
    chunkSize: 4,
    canRewind,
    encode: (text) => Array.from(text, (letter) => letter.charCodeAt(0)),
    makeEncoder: async () => pipeline.encode,
    decode: (ids) => String.fromCharCode(...ids),
    reset() {
      pipeline.calls.push('reset');
      pipeline.held = [];
    },
    rewind(tokens) {
      pipeline.calls.push(`rewind ${tokens}`);
      pipeline.held = pipeline.held.slice(0, -tokens);
    },
    read(ids) {
      pipeline.calls.push(`read ${ids.length}`);
      return grow(ids);
    },
    readOne: (id) => grow([id]),
    async sample(logits) {
      logits.dispose();
      return next(sampled++);
    },
    vocabularySize: 1000,
    takeLogprob: () => null,
    async startAnswer() {
      sampled = 0;
    },
    noteBeginning: () => {},
    noteToken: () => {},
  };

  async function grow(ids: number[]) {
    pipeline.held.push(...ids);
    if (pipeline.held.length > contextWindow) throw new Error('The KV cache is full.');
    pipeline.liveLogits += 1;
    return { dispose: () => void (pipeline.liveLogits -= 1) };
  }
  return pipeline;
}
