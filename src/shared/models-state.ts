import type { ErrorView } from './errors.ts';

/** A folder of a model on the app's own server, which lists its files as well. */
export interface ServedModel {
  name: string;
  url: string;
  /** Paths within it. */
  files: string[];
}

/** What a model is, beyond what runs it. Figures of the catalogue are estimates until a download has read the model's own list. */
export interface ModelAbout {
  family: string;
  /** `weights-missing`: Hearth has its library; a person brings the weights. `own`: a person added it. */
  source: 'built-in' | 'web' | 'weights-missing' | 'own';
  downloadBytes: number | null;
  /** Bytes of the largest single buffer on the GPU. */
  largestBufferBytes: number;
  contextTokens: number;
  licence: string | null;
  /** What it is known to be bad at, or to need, as sentences. */
  limits: string[];
  /** Where its files come from, for people: the host's name, or a folder's. */
  origin: string;
}

/** Whether a model will run on this device, before any of it is downloaded. */
export interface Fit {
  verdict: 'fits' | 'tight' | 'no';
  /** Why, as a sentence; empty when it fits. */
  reason: string;
  /** What would fit better here. */
  instead: { id: string; label: string } | null;
}

export interface DownloadView {
  modelId: string;
  label: string;
  /** `waiting`: for the next try, after an error that may pass. */
  stage: 'downloading' | 'waiting' | 'checking' | 'paused' | 'failed';
  receivedBytes: number;
  /** Null until the model's own list is read. */
  totalBytes: number | null;
  bytesPerSecond: number | null;
  /** Why it waits or failed. */
  error: ErrorView | null;
}

export interface ModelsState {
  downloads: DownloadView[];
  /** Bytes on this device's disk, of the models that are here as a whole. */
  stored: Record<string, number>;
  /** Goes up whenever the list of models changes: ask for it again. */
  listRevision: number;
}

/** Files of a folder, as a person picked them; paths within it, with forward slashes. */
export interface FolderFile {
  path: string;
  blob: Blob;
}

/** Where a model of one's own is to be had. */
export type ModelOffer = { url: string } | ServedModel | { files: FolderFile[]; name: string };

export interface Verification {
  checkedFiles: number;
  /** Names of the files that were damaged or missing. They are gone now: a download fetches them anew. */
  badFiles: string[];
}

/** One file of a stored model, where the Cache API has it. */
export interface StoredFile {
  name: string;
  cache: string;
  url: string;
}
