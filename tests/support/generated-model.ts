import { createHash } from 'node:crypto';

export interface GeneratedModel {
  /** Contents by the name in the folder. */
  files: Map<string, Uint8Array<ArrayBuffer>>;
  weightBytes: number;
}

/** Bytes that look random and are the same each time. */
function noise(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed * 2_654_435_761 + 1;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** A folder that downloads like a model: weights that are noise, with their list and hashes. */
export function generateModel(shards: number, shardBytes: number): GeneratedModel {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const records = Array.from({ length: shards }, (_, index) => {
    const bytes = noise(shardBytes, index + 1);
    const dataPath = `params_shard_${index}.bin`;
    files.set(dataPath, bytes);
    return {
      dataPath,
      format: 'raw-shard',
      nbytes: shardBytes,
      md5sum: createHash('md5').update(bytes).digest('hex'),
      records: [
        {
          name: `weight_${index}`,
          shape: [shardBytes / 4],
          dtype: 'uint32',
          format: 'raw',
          nbytes: shardBytes,
          byteOffset: 0,
        },
      ],
    };
  });
  const json = (value: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value));
  files.set('tensor-cache.json', json({ metadata: { ParamSize: shards }, records }));
  files.set('mlc-chat-config.json', json({ tokenizer_files: ['tokenizer.json'], vocab_size: 32 }));
  files.set('tokenizer.json', json({ model: { vocab: { a: 0 } } }));
  files.set('library.wasm', noise(4096, 99));
  return { files, weightBytes: shards * shardBytes };
}
