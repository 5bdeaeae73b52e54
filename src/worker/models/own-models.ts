import { AppError, asAppError, isAbort } from '../../shared/errors.ts';
import type { ModelOffer } from '../../shared/models-state.ts';
import type { Store as Settings } from '../store/store.ts';
import type { Clock } from '../clock.ts';
import type { CatalogueParts } from './catalogue.ts';
import type { Downloads } from './downloads.ts';
import type { FetchSmallOptions } from './fetch-small.ts';
import { readerOfFiles, readerOfUrl, type FolderReader } from './folder-reader.ts';
import { inspectFolder } from './inspect-folder.ts';
import { makeInTurn, type InTurn } from '../in-turn.ts';
import { untilAborted } from '../runs/until-aborted.ts';
import { readOwnModels, type OwnModel } from './own-model.ts';

export interface OwnModelsOptions {
  catalogue: Pick<CatalogueParts, 'setOwn'>;
  downloads: Pick<Downloads, 'ensure' | 'pause' | 'setAside' | 'remove' | 'state'>;
  settings: Pick<Settings, 'getSetting' | 'putSetting'>;
  appBase: URL;
  fetch: typeof fetch;
  clock: Clock;
  /** The list of models is another now. */
  onChange(): void;
}

/** Models that a person added: by address, or from a disk. */
export interface OwnModelList {
  open(): Promise<void>;
  /**
   * Gives the model's id. Files from a disk are copied into the browser's storage first. After `signal` all is as it was, and it
   * rejects with an `AbortError`.
   */
  add(offer: ModelOffer, signal?: AbortSignal): Promise<string>;
  /** Takes it off the list; false when it is none of them. */
  forget(id: string): Promise<boolean>;
}

const settingKey = 'own-models';

export function makeOwnModels(options: OwnModelsOptions): OwnModelList {
  const { catalogue, downloads, settings, appBase } = options;
  let models: OwnModel[] = [];
  /** Left where they are. */
  let unread: unknown[] = [];
  /** Changes of the list, one after another: two at once would each save what the other has not seen. */
  const inTurn = makeInTurn();
  /** The same folder from two tabs: the second waits until the first is copied. Other folders do not. */
  const addings = new Map<string, InTurn>();

  /** Puts these in place of what the list has under that id. */
  const keep = (id: string, instead: OwnModel[]): Promise<void> =>
    inTurn(async () => {
      const next = [...models.filter((model) => model.id !== id), ...instead];
      await settings.putSetting(settingKey, JSON.stringify([...next, ...unread]));
      models = next;
      catalogue.setOwn(models);
      options.onChange();
    });

  /** Alone with its id. */
  async function take(model: OwnModel, reader: FolderReader, signal: AbortSignal): Promise<void> {
    const before = models.filter(({ id }) => id === model.id);
    const wasHere = downloads.state.stored[model.id] !== undefined;
    await keep(model.id, [model]);
    // The id tells of the same weights; the rest of the folder may be another now.
    const putBack = before.length > 0 ? await downloads.setAside(model.id) : null;
    // What lies elsewhere is fetched when it is wanted; what was here stays here, with what was set aside.
    if (reader.base !== null && !wasHere) return;
    const local = (name: string): Promise<Blob | null> => reader.read(model.addresses[name] ?? name);
    const stop = (): void => void downloads.pause(model.id);
    signal.addEventListener('abort', stop);
    try {
      await downloads.ensure(model.id, model.label, { signal, ...(reader.base === null ? { local } : {}) });
    } catch (error) {
      // Paused: it goes on when it is wanted.
      if (isAbort(error) && !putBack && !signal.aborted) return;
      if (!putBack) await downloads.remove(model.id).catch(() => {});
      // Its weights are the same, and still here. First, as the list may be refused, too.
      await putBack?.().catch(() => {});
      await keep(model.id, before);
      if (!isAbort(error) || signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  return {
    async open() {
      ({ models, unread } = readOwnModels(await settings.getSetting(settingKey)));
      catalogue.setOwn(models);
    },

    async add(offer, signal = new AbortController().signal) {
      const fetching = { fetch: options.fetch, clock: options.clock, signal };
      const reader = readerOf(offer, fetching);
      const model = await inspectFolder(reader, { appBase, ...fetching }).catch((error: unknown) => {
        throw reachable(error, reader, appBase);
      });
      const adding = addings.get(model.id) ?? makeInTurn();
      addings.set(model.id, adding);
      // Who gives up waits for nobody else's copy.
      await untilAborted(
        adding(async () => {}),
        signal,
      );
      signal.throwIfAborted();
      await adding(() => take(model, reader, signal));
      return model.id;
    },

    async forget(id) {
      if (!models.some((model) => model.id === id)) return false;
      await keep(id, []);
      return true;
    },
  };
}

function readerOf(offer: ModelOffer, options: FetchSmallOptions): FolderReader {
  if (!('url' in offer)) return readerOfFiles(offer.files, offer.name);
  let url: URL;
  try {
    url = new URL(offer.url.trim().replace(/\/?$/, '/'));
  } catch (error) {
    throw new AppError(
      'bad-input',
      'This is no address. It should begin with https:// and name the folder.',
      {
        cause: error,
      },
    );
  }
  if (!/^https?:$/.test(url.protocol)) {
    throw new AppError('bad-input', 'The address should begin with https://.');
  }
  // A repository of Hugging Face: its files lie below its main branch.
  if (/^(www\.)?huggingface\.co$/.test(url.hostname) && !url.pathname.includes('/resolve/')) {
    url = new URL(`${url.pathname.replace(/\/tree\/main\/$/, '/')}resolve/main/`, 'https://huggingface.co');
  }
  return readerOfUrl(url, options, 'files' in offer ? offer : null);
}

function reachable(error: unknown, { base, origin }: FolderReader, appBase: URL): unknown {
  if (base === null || error instanceof AppError || isAbort(error)) return error;
  if (error instanceof TypeError) {
    const advice =
      base.origin === appBase.origin || base.hostname === 'huggingface.co'
        ? `${origin} cannot be reached. Check the connection, and try again.`
        : `${origin} cannot be reached from this page. Pages of Hearth may fetch from huggingface.co and from their own server: put the folder there, or download it and add it from this disk.`;
    return new AppError('model-failed', advice, { cause: error });
  }
  return asAppError(error, 'model-failed', `The folder at ${origin} could not be read.`);
}
