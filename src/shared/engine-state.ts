import type { ErrorView } from './errors.ts';
import type { Fit, ModelAbout } from './models-state.ts';
import type { ConversationId, DeviceId, MessageId, TabId } from './ids.ts';

/** A model that a person can choose. */
export interface ModelChoice {
  id: string;
  /** What runs it: this browser's GPU, a paired device, or a server. */
  engine: 'webgpu' | 'peer' | 'http';
  label: string;
  quantization: string;
  /** Comes with Hearth: needs no network. */
  builtIn: boolean;
  /** Bytes of GPU memory, as far as the catalogue says. */
  gpuBytes: number | null;
  needsF16: boolean;
  /** What the model can be told it is, as OpenChat can; the first is the usual one. */
  conditions?: string[];
  about?: ModelAbout;
  /** How it fits this device; where the catalogue was asked for here. */
  fit?: Fit;
  /** Of `http` only: the origins that may be sent what is written. */
  sentTo?: string[];
}

export type LoadPhase = 'fetch' | 'compile' | 'upload';

export type EngineStatus =
  | { type: 'idle' }
  | { type: 'loading'; phase: LoadPhase; loadedBytes: number; totalBytes: number | null; progress: number }
  | { type: 'ready' }
  /** No paired device is ready, or the server has not answered yet; which one stands with the devices and servers. */
  | { type: 'connecting' }
  /** The GPU device was lost; the model is being loaded again. */
  | { type: 'recovering' }
  /** This browser has no usable GPU. */
  | { type: 'missing'; reason: string }
  | { type: 'failed'; error: ErrorView };

/** Who asked for a run. */
export type ClientView =
  | { type: 'tab'; tabId: TabId }
  | { type: 'device'; deviceId: DeviceId; name: string }
  /** A program at the server's OpenAI-compatible door; one API key is one program. */
  | { type: 'program'; programId: string; name: string };

export interface RunningView {
  messageId: MessageId;
  conversationId: ConversationId;
  client: ClientView;
  stage: 'starting' | 'reading' | 'writing';
  tokensPerSecond: number | null;
}

export interface QueuedView {
  messageId: MessageId;
  conversationId: ConversationId;
  client: ClientView;
  /** 1 is next, if nobody else comes. */
  place: number;
}

export interface EngineState {
  model: ModelChoice | null;
  status: EngineStatus;
  running: RunningView | null;
  queue: QueuedView[];
  /** GPU devices opened in this life of the core: one per model load, one more after each loss. */
  devicesOpened: number;
  /** Times the GPU device was lost and opened again. */
  recoveries: number;
  /** The conversation that the model reads before anybody asks something in it. */
  warming: ConversationId | null;
  /** Minutes without a question after which the GPU is freed; null: never. */
  idleMinutes: number | null;
}
