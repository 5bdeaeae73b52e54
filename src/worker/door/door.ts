import type { ServerState } from '../../shared/devices-state.ts';
import { doorErrorCodes, type AnswerEvent, type FromServer } from '../../shared/door.ts';
import type { EngineState, ModelChoice } from '../../shared/engine-state.ts';
import { AppError, asAppError, isAbort } from '../../shared/errors.ts';
import type { OutsideRun } from '../runs/outside-run.ts';
import type { Store } from '../store/store.ts';
import { makeAnswerRecord, type FinishedAnswer } from './answer-record.ts';
import { makeDoorSocket, type DoorSocketOptions } from './door-socket.ts';

type Ask = Extract<FromServer, { type: 'ask' }>;

export interface DoorOptions extends Pick<DoorSocketOptions, 'base' | 'clock' | 'openSocket'> {
  run: OutsideRun;
  settings: Pick<Store, 'getSetting' | 'putSetting'>;
  /** Chooses the model that the server was started with. */
  chooseModel(id: string): Promise<void>;
  /** Makes a conversation of a request and its answer. */
  keep(answer: FinishedAnswer): Promise<void>;
}

/** Answers the programs that ask at the server's OpenAI-compatible door, in the queue with everybody else. */
export interface Door {
  /** Only the server of this very machine has a door for this core. */
  followServer(server: ServerState): void;
  followEngine(state: EngineState): void;
  /** This core may answer from now on. */
  open(): void;
  close(): void;
}

/** Less than a server waits without a word: it gives up engines that hang, and not an answer that waits for its turn. */
const waitingMs = 60_000;

/** Which start of the server had its model chosen here. */
const obeyedSetting = 'server-start';

export function makeDoor(options: DoorOptions): Door {
  const { settings } = options;
  const asks = new Map<string, AbortController>();
  let engine: EngineState | null = null;
  let told = '';
  /** Until this model is chosen, a request would be answered by another one; undefined: the server did not say yet. */
  let wanted: string | null | undefined;
  /** Why nothing answers although a model is here: the server was started with one that there is not. Until a person chooses. */
  let obstacle: { reason: string; modelId: string | undefined; start: string } | null = null;
  let isThere = false;
  let isOpen = false;

  const socket = makeDoorSocket({
    ...options,
    onOpen() {
      told = '';
      wanted = undefined;
      obstacle = null;
    },
    onMessage,
    onLost: stopAll,
  });
  const follow = (): void => socket.want(isThere && isOpen);

  function stopAll(): void {
    for (const controller of asks.values()) controller.abort('stopped');
    asks.clear();
  }

  function tellStatus(): void {
    if (engine !== null && engine.model?.id === wanted) wanted = null;
    if (wanted !== null) return;
    if (obstacle !== null && engine?.model?.id !== obstacle.modelId) {
      settings.putSetting(obeyedSetting, obstacle.start).catch(() => {});
      obstacle = null;
    }
    const status = engine?.status;
    const message = {
      type: 'status' as const,
      model: engine?.model?.id ?? null,
      isReady: obstacle === null && status?.type === 'ready',
      // A load that failed is no reason: the next request tries again, and is told how that went.
      reason: obstacle?.reason ?? (status?.type === 'missing' ? status.reason.slice(0, 1_000) : null),
    };
    // The engine's state changes with each token; this does not.
    const text = JSON.stringify(message);
    if (text === told) return;
    told = text;
    socket.send(message);
  }

  function onMessage(message: FromServer): void {
    switch (message.type) {
      case 'welcome':
        void welcome(message);
        break;
      case 'ask':
        if (!asks.has(message.id)) void answer(message);
        break;
      case 'cancel':
        asks.get(message.id)?.abort('stopped');
        break;
    }
  }

  /** Once for each start of the server: what a person chooses after it stays, also in the next core. */
  async function chooseOnce(model: string, start: string): Promise<void> {
    if ((await settings.getSetting(obeyedSetting)) === start) return;
    await settings.putSetting(obeyedSetting, start).catch(() => {});
    try {
      await options.chooseModel(model);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'model-unknown') throw error;
      await settings.putSetting(obeyedSetting, '').catch(() => {});
      const reason = `${error.message} Choose another one in the browser, or start with another --model.`;
      obstacle = { reason, modelId: engine?.model?.id, start };
    }
  }

  async function welcome({ model, start }: Extract<FromServer, { type: 'welcome' }>): Promise<void> {
    wanted = model;
    tellStatus();
    if (model === null) return;
    // How it went stands in the engine's state, and the status tells it.
    await chooseOnce(model, start).catch(() => {});
    if (wanted !== model) return;
    wanted = null;
    tellStatus();
  }

  async function answer({ id, client, body, isKept, model: asked }: Ask): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    asks.set(id, controller);
    const tell = (event: AnswerEvent): void => {
      if (!signal.aborted) socket.send({ type: 'event', id, event });
    };
    let place = 1;
    let stopTelling = (): void => {};
    const tellThatItWaits = (): void => {
      stopTelling = options.clock.after(waitingMs, () => {
        tell({ type: 'queued', place });
        tellThatItWaits();
      });
    };
    tellThatItWaits();
    const record = isKept ? makeAnswerRecord(body) : null;
    let isDone = false;
    try {
      const { turns, prefix, condition, sampling, options: wishes } = body;
      const request = {
        client: { type: 'program' as const, programId: client.id, name: client.name },
        turns,
        prefix,
        condition,
        sampling: withoutGaps(sampling),
        options: wishes,
        isWhole: true,
        checkModel(model: ModelChoice) {
          if (asked === null || model.id === asked) return;
          throw new AppError('model-unknown', `The model “${asked}” is not chosen here any more.`);
        },
      };
      for await (const event of options.run(request, signal)) {
        record?.note(event);
        if (event.type === 'queued') place = event.place;
        else stopTelling();
        if (event.type === 'done') {
          isDone = true;
          // The program gets what was written for it, even when the disk has no room for the conversation.
          if (record) await options.keep(record.finish()).catch(() => {});
          tell({ type: 'done', finishReason: event.finishReason, ...event.usage });
        } else if (event.type === 'start') {
          if (event.firstTurn > 0) throw forgotten;
          tell({ type: 'start', promptTokens: event.promptTokens });
        } else tell(event);
      }
      if (!isDone) {
        tell({ type: 'error', code: 'busy', message: 'The person at the engine stopped this answer.' });
      }
    } catch (error) {
      tell(errorEvent(error));
    } finally {
      stopTelling();
      asks.delete(id);
    }
  }

  return {
    followServer(server) {
      // While the server cannot be asked the socket looks for it by itself.
      if (server.type !== 'unknown') isThere = server.type === 'hearth' && server.isThisMachine;
      follow();
    },
    followEngine(state) {
      engine = state;
      tellStatus();
    },
    open() {
      isOpen = true;
      follow();
    },
    close() {
      isOpen = false;
      follow();
      stopAll();
    },
  };
}

/** Another device's engine, which cannot be told to leave nothing out. A program that was not told so would trust the answer. */
const forgotten = new AppError(
  'context-full',
  'The conversation is longer than the context of the model that answers. Send fewer messages.',
);

/** A schema's optional values as TypeScript's exact ones. */
function withoutGaps<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function errorEvent(error: unknown): AnswerEvent {
  if (isAbort(error)) return { type: 'error', code: 'busy', message: 'Loading the model was cancelled.' };
  const { code, message } = asAppError(error, 'engine-failed', 'The answer could not be written.');
  const known = doorErrorCodes.find((other) => other === code) ?? 'engine-failed';
  return { type: 'error', code: known, message: message.slice(0, 2_000) };
}
