import type { ErrorView } from './errors.ts';
import type { ConversationId, DeviceId, MessageId, TabId } from './ids.ts';

/** A model that a person can choose. */
export interface ModelChoice {
  id: string;
  /** What runs it: this browser's GPU, or a paired device. */
  engine: 'webgpu' | 'peer';
  label: string;
  quantization: string;
  /** Comes with Hearth: needs no network. */
  builtIn: boolean;
  /** Bytes of GPU memory, as far as the catalogue says. */
  gpuBytes: number | null;
  needsF16: boolean;
}

export type LoadPhase = 'fetch' | 'compile' | 'upload';

export type EngineStatus =
  | { type: 'idle' }
  | { type: 'loading'; phase: LoadPhase; loadedBytes: number; totalBytes: number | null; progress: number }
  | { type: 'ready' }
  /** No paired device is ready; which one is waited for stands with the devices. */
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
}
