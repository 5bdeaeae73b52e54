import { conversationIds } from './build-prompt.ts';
import type { GenerateRequest } from './engine.ts';
import type { LoadedModel } from './loaded-model.ts';

/** Fewer are read so quickly with the question that nobody would notice. */
const worthReading = 32;

export type ReadAheadRequest = Pick<GenerateRequest, 'turns' | 'condition' | 'options'>;

/** Reads one conversation at a time into the KV cache before anybody asks something in it. Everything else goes before. */
export interface ReadAhead {
  /** Resolves when it is read, or something else came; never rejects. True when all of it is read. */
  begin(loaded: LoadedModel, request: ReadAheadRequest, signal: AbortSignal): Promise<boolean>;
  /** Ends the reading at its next chunk. */
  end(): Promise<void>;
}

export function makeReadAhead(): ReadAhead {
  let current: { controller: AbortController; done: Promise<boolean> } | null = null;

  async function end(): Promise<void> {
    current?.controller.abort();
    await current?.done;
  }

  async function read(loaded: LoadedModel, request: ReadAheadRequest, signal: AbortSignal): Promise<boolean> {
    const writer = await loaded.writerFor({ ...request, prefix: '' });
    const ids = conversationIds(writer, loaded.pipeline.contextWindow, request);
    if (ids === null || loaded.reader.missing(ids) < worthReading || signal.aborted) return false;
    const logits = await loaded.step(() => loaded.reader.read(ids, signal));
    logits?.dispose();
    return logits !== null;
  }

  return {
    async begin(loaded, request, signal) {
      const before = current;
      before?.controller.abort();
      const controller = new AbortController();
      const either = AbortSignal.any([signal, controller.signal]);
      const inTurn = async (): Promise<boolean> => {
        await before?.done;
        return loaded.isUsable && read(loaded, request, either);
      };
      // What goes wrong with the GPU is told by the run that needs it.
      const mine = { controller, done: inTurn().catch(() => false) };
      // In the same breath as the call: whoever comes next finds it.
      current = mine;
      const isRead = await mine.done;
      if (current === mine) current = null;
      return isRead;
    },
    end,
  };
}
