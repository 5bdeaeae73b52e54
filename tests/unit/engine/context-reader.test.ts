import { describe, expect, test } from 'vitest';
import { makeContextReader } from '../../../src/worker/engines/context-reader.ts';
import { makeFakePipeline } from './fake-pipeline.ts';

const never = new AbortController().signal;

describe('the KV cache', () => {
  test('is filled in chunks, and keeps what the next prompt has in common with it', async () => {
    const pipeline = makeFakePipeline();
    const reader = makeContextReader(pipeline);
    await reader.read([1, 2, 3, 4, 5, 6], never);
    expect(pipeline.calls).toEqual(['reset', 'read 4', 'read 2']);
    expect(reader.missing([1, 2, 3, 9])).toBe(1);
    await reader.read([1, 2, 3, 9], never);
    expect(pipeline.calls.slice(3)).toEqual(['rewind 3', 'read 1']);
    await reader.append(10);
    await reader.read([1, 2, 3, 9, 10, 11, 12], never);
    expect(pipeline.calls.slice(5)).toEqual(['read 2']);
    expect(pipeline.held).toEqual([1, 2, 3, 9, 10, 11, 12]);
  });

  test('reads the last token again when it holds all of them, for its logits', async () => {
    const pipeline = makeFakePipeline();
    const reader = makeContextReader(pipeline);
    await reader.read([1, 2, 3], never);
    expect(reader.missing([1, 2, 3])).toBe(1);
    await reader.read([1, 2, 3], never);
    expect(pipeline.calls.slice(2)).toEqual(['rewind 1', 'read 1']);
  });

  test('begins anew where the model cannot go back', async () => {
    const pipeline = makeFakePipeline({ canRewind: false });
    const reader = makeContextReader(pipeline);
    await reader.read([1, 2, 3], never);
    await reader.read([1, 2, 3, 4], never);
    expect(pipeline.calls).toEqual(['reset', 'read 3', 'read 1']);
    await reader.read([1, 2, 5], never);
    expect(pipeline.calls.slice(3)).toEqual(['reset', 'read 3']);
  });

  test('keeps what was read when it is stopped in between', async () => {
    const pipeline = makeFakePipeline();
    const reader = makeContextReader(pipeline);
    const controller = new AbortController();
    const read = pipeline.read;
    pipeline.read = async (ids) => {
      controller.abort();
      return read(ids);
    };
    const ids = [1, 2, 3, 4, 5, 6];
    expect(await reader.read(ids, controller.signal)).toBeNull();
    expect(reader.length).toBe(4);
    expect(pipeline.liveLogits).toBe(0);
    expect(reader.missing(ids)).toBe(2);
  });
});
