import type { ArchiveReport } from './archive.ts';
import type { Approval, DevicePolicy, PairingRequest } from './devices-state.ts';
import type { ModelChoice } from './engine-state.ts';
import type { BootId, ConversationId, DeviceId, MessageId, ServerId, TabId } from './ids.ts';
import type { ModelSettings, ModelSettingsView } from './model-settings.ts';
import type { ModelOffer, ServedModel, StoredFile, Verification } from './models-state.ts';
import type { ServerInput } from './servers-state.ts';
import type { TopicName } from './topics.ts';

/** Raised in the commit that changes a shape on the port. */
export const protocolVersion = 9;

export interface Hello {
  protocol: number;
  buildId: string;
  tabId: TabId;
}

export interface Welcome {
  bootId: BootId;
  buildId: string;
}

/** Appends a person's message and asks for an answer. The tab makes the ids, so that sending twice is sending once. */
export interface SendCommand {
  conversationId: ConversationId;
  /** The message it answers; null at the root. A user message with the parent of another is an edit of it. */
  parentId: MessageId | null;
  messageId: MessageId;
  answerId: MessageId;
  text: string;
  /** From here on the conversation's condition; absent: as it was. */
  condition?: string | null;
}

export interface RegenerateCommand {
  conversationId: ConversationId;
  /** The answer to make again. */
  messageId: MessageId;
  answerId: MessageId;
}

export interface MessageRef {
  conversationId: ConversationId;
  messageId: MessageId;
}

/** Longest text that is counted as it is typed, in UTF-16 units: as much as a file may have that is put into a message. */
export const longestCounted = 250_000;

/** A conversation with what is typed, counted by the model's own tokenizer. */
export interface ContextMeasure {
  tokens: number;
  /** What the model can hold; infinite for one whose window slides. */
  contextTokens: number;
  /** The newest message that the next answer would no longer see; null when it would see all. */
  lastUnseen: MessageId | null;
}

export interface SearchHit {
  conversationId: ConversationId;
  title: string;
  /** The best matching message; null when only the title matches. */
  messageId: MessageId | null;
  excerpt: string;
}

/**
 * What a tab may ask of the core, over Comlink. Every method rejects with an `AppError`.
 * A command resolves when its effect is saved; what follows from it arrives as events on watched topics.
 */
export interface CoreApi {
  /** First call on every port; others reject with `protocol-mismatch` before it. */
  hello(hello: Hello): Promise<Welcome>;
  /** Answers while the core lives: on origins without Web Locks nothing else tells. */
  alive(): Promise<void>;
  /** Starts a watch: the core posts a snapshot and then batches of events to `port` (see `watch.ts`). */
  watch(topic: TopicName, port: MessagePort): Promise<void>;

  send(command: SendCommand): Promise<void>;
  regenerate(command: RegenerateCommand): Promise<void>;
  /** Goes on writing an answer that was stopped, interrupted, failed or cut by its length. */
  continueAnswer(ref: MessageRef): Promise<void>;
  /** Stops the run that writes this message, queued or running. No effect on any other. */
  stop(ref: MessageRef): Promise<void>;
  /** Shows the branch that goes through this message, down to its newest leaf. */
  showBranch(ref: MessageRef): Promise<void>;

  /** Null while the model is not loaded, where its tokenizer is elsewhere, and for a text longer than `longestCounted`. */
  measure(
    conversationId: ConversationId | null,
    leafId: MessageId | null,
    text: string,
  ): Promise<ContextMeasure | null>;
  rename(id: ConversationId, title: string): Promise<void>;
  /** What the model is told from the next answer on, where it knows conditions; null: the usual one. */
  setCondition(id: ConversationId, condition: string | null): Promise<void>;
  remove(id: ConversationId): Promise<void>;
  /** Undoes `remove`. */
  restore(id: ConversationId): Promise<void>;
  search(query: string): Promise<SearchHit[]>;
  /** All conversations as one file. */
  saveArchive(): Promise<Blob>;
  /** Adds what such a file has and this device lacks. Rejects with `bad-input` for another kind of file. */
  addArchive(file: Blob): Promise<ArchiveReport>;
  /** The branch that is shown of a conversation, as a Markdown document. */
  writeMarkdown(id: ConversationId): Promise<string>;

  listModels(): Promise<ModelChoice[]>;
  /** Loads the model and keeps it as the choice for later starts. */
  chooseModel(modelId: string): Promise<void>;
  cancelLoad(): Promise<void>;
  /** Fetches a model's files, or goes on with it; nothing to do when they are here. */
  downloadModel(modelId: string): Promise<void>;
  pauseDownload(modelId: string): Promise<void>;
  /**
   * Erases a model's files and what has come of them, and with them all models of the same folder; rejects with `busy` while
   * one of those is in use. A model of one's own leaves the list; chats stay.
   */
  removeModel(modelId: string): Promise<void>;
  /** Compares a stored model's files with their hashes. */
  verifyModel(modelId: string): Promise<Verification>;
  /** What lies in `models/` of the server that the app came from. */
  listServedModels(): Promise<ServedModel[]>;
  /** Adds a model of one's own, and gives its id; null once cancelled. Rejects with `bad-input` and every problem of its folder, a line each. */
  addModel(offer: ModelOffer): Promise<string | null>;
  /** Ends what this tab adds: nothing of it stays. */
  cancelAdding(): Promise<void>;
  /** The files of a stored model, for an export. */
  listModelFiles(modelId: string): Promise<StoredFile[]>;
  /** Frees the GPU; the next run loads the model again. */
  unload(): Promise<void>;
  /** The same by itself, after so many minutes without a question; null: never. */
  setIdleMinutes(minutes: number | null): Promise<void>;
  readModelSettings(modelId: string): Promise<ModelSettingsView>;
  /** Holds from the next answer on. Rejects with `bad-input` for what no model can be set to, and with `busy` where it would have to be loaded anew during an answer. */
  setModelSettings(modelId: string, settings: ModelSettings): Promise<void>;
  /** Offers this tab for data channels (see `gateway.ts`). Once for each connection to a core. */
  offerGateway(port: MessagePort): Promise<void>;
  /** What others see this device called. */
  setDeviceName(name: string): Promise<void>;
  setRelayOnly(isRelayOnly: boolean): Promise<void>;
  /** Null: none. Rejects with `bad-input` for what is no address of a server. */
  setSignallingUrl(url: string | null): Promise<void>;

  /** Lets one device in for two minutes. What was offered before is void. */
  openPairing(): Promise<void>;
  closePairing(): Promise<void>;
  decideApproval(id: DeviceId, approval: Approval): Promise<void>;
  dismissWarning(): Promise<void>;
  /** Begins nothing new for any device; what runs goes on. */
  pauseSharing(isPaused: boolean): Promise<void>;
  /** Ends what runs and waits for other devices, at once. */
  stopSharing(): Promise<void>;
  renameGuest(id: DeviceId, name: string): Promise<void>;
  setPolicy(id: DeviceId, policy: DevicePolicy): Promise<void>;
  /** The device's links and requests end at once; it cannot come back without a new pairing. */
  revoke(id: DeviceId): Promise<void>;
  revokeAll(): Promise<void>;

  /** Asks a host to let this device in: by the fragment of its link, or its code of eight digits. */
  pair(offer: PairingRequest): Promise<void>;
  /** Ends a pairing that is under way, or forgets a host. */
  forgetHost(id: DeviceId | 'pairing'): Promise<void>;
  /** Tries now what waits for its next attempt. */
  reconnect(): Promise<void>;

  /** Keeps a server, unless it is there already, and tests it. Rejects with `bad-input` for what is no address of one; how the test went is in its state. */
  addServer(server: ServerInput): Promise<ServerId>;
  changeServer(id: ServerId, server: ServerInput): Promise<void>;
  removeServer(id: ServerId): Promise<void>;
  /** Asks the server for its models; resolves when its state says how that went. */
  testServer(id: ServerId): Promise<void>;

  /** Asks another core (an older build, or one in another tab's dedicated worker) to hand over. */
  takeOver(): Promise<void>;
}
