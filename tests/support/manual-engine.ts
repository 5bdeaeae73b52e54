import { AppError } from '../../src/shared/errors.ts';
import type { Engine, EngineEvent, GenerateRequest, Sampling } from '../../src/worker/engines/engine.ts';

const sampling: Sampling = { temperature: 0, topP: 1, maxTokens: 1000, seed: null };

/** An engine that writes what a test tells it to, when it is told. For queueing and faults; real answers have real engines. */
export class ManualEngine implements Engine {
  loadedModel: string | null = null;
  devicesOpened = 0;
  /** Set to say that this machine has no GPU. */
  noGpu: string | null = null;
  /** Writes this and ends, without waiting to be told. */
  standardAnswer: string | null = null;
  /** How many turns it leaves out. */
  firstTurn = 0;
  readonly requests: GenerateRequest[] = [];
  #events: EngineEvent[] = [];
  #failure: AppError | null = null;
  #wake = (): void => {};
  /** Generations that have begun and not ended: more than one would break the engine's contract. */
  #running = 0;

  async load(model: { id: string }): Promise<void> {
    if (this.loadedModel === model.id) return;
    this.loadedModel = model.id;
    this.devicesOpened++;
  }

  async unload(): Promise<void> {
    this.loadedModel = null;
  }

  defaults = async (): Promise<Sampling> => sampling;
  missing = async (): Promise<string | null> => this.noGpu;

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<EngineEvent> {
    if (this.#running > 0) throw new Error('Two generations at once.');
    this.#running++;
    this.requests.push(request);
    this.#events = [];
    this.#failure = null;
    if (this.standardAnswer !== null) {
      this.write(this.standardAnswer, 100);
      this.finish();
    }
    const onAbort = (): void => this.#wake();
    signal.addEventListener('abort', onAbort);
    try {
      yield { type: 'start', firstTurn: this.firstTurn, promptTokens: 1, readTokens: 1 };
      while (!signal.aborted) {
        const event = this.#events.shift();
        if (event) yield event;
        if (event?.type === 'done') return;
        if (event) continue;
        if (this.#failure) throw this.#failure;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#running--;
    }
  }

  write(text: string, tokens = 1): void {
    this.#events.push({ type: 'text', text, tokens });
    this.#wake();
  }

  finish(finishReason: 'stop' | 'length' = 'stop'): void {
    this.#events.push({ type: 'done', finishReason });
    this.#wake();
  }

  /** The GPU device goes away under the running generation. */
  loseDevice(): void {
    this.loadedModel = null;
    this.fail(new AppError('gpu-lost', 'The GPU was lost.'));
  }

  fail(error: AppError): void {
    this.#failure = error;
    this.#wake();
  }
}
