import type { Conversation, Generation, Message } from '../../src/shared/conversation.ts';
import type { DevicesState, GuestView, HostView, SharingState } from '../../src/shared/devices-state.ts';
import type { EngineState, ModelChoice } from '../../src/shared/engine-state.ts';
import {
  newId,
  type ConversationId,
  type DeviceId,
  type MessageId,
  type ServerId,
} from '../../src/shared/ids.ts';
import type { ServerView } from '../../src/shared/servers-state.ts';
import type { ConversationState } from '../../src/shared/topics.ts';
import type { ScriptedCore } from './scripted-core.ts';

/*
 * States for the screen's tests: each builder makes something complete and takes what matters to a test.
 */

export const pocket: ModelChoice = {
  id: 'pocket-q4f32_1',
  engine: 'webgpu',
  label: 'Pocket',
  quantization: 'q4f32_1',
  builtIn: true,
  gpuBytes: 60e6,
  needsF16: false,
};

export const engineState = (over: Partial<EngineState> = {}): EngineState => ({
  model: pocket,
  status: { type: 'ready' },
  running: null,
  queue: [],
  devicesOpened: 1,
  recoveries: 0,
  warming: null,
  idleMinutes: 30,
  ...over,
});

export const generation = (over: Partial<Generation> = {}): Generation => ({
  model: 'pocket-q4f32_1',
  quantization: 'q4f32_1',
  temperature: 0.7,
  topP: 0.95,
  maxTokens: 1024,
  seed: null,
  finishReason: 'stop',
  promptTokens: 31,
  completionTokens: 128,
  firstTokenMs: 240,
  tokensPerSecond: 41.3,
  contextFrom: null,
  recoveries: 0,
  ...over,
});

export function conversationOf(over: Partial<Conversation> = {}): Conversation {
  const now = Date.now();
  return {
    id: newId<ConversationId>(),
    title: 'A conversation',
    renamed: false,
    createdAt: now,
    updatedAt: now,
    leafId: null,
    deletedAt: null,
    ...over,
  };
}

export function messageOf(over: Partial<Message> & Pick<Message, 'conversationId' | 'role'>): Message {
  return {
    id: newId<MessageId>(),
    parentId: null,
    text: 'Text',
    createdAt: Date.now(),
    state: 'done',
    generation: over.role === 'assistant' ? generation() : null,
    error: null,
    ...over,
  };
}

/** A conversation of one branch: a person and the model by turns, with these texts. */
export function chatOf(
  texts: string[],
  over: Partial<Conversation> = {},
): ConversationState & { list: Message[] } {
  const conversation = conversationOf(over);
  const list: Message[] = [];
  for (const [index, text] of texts.entries()) {
    list.push(
      messageOf({
        conversationId: conversation.id,
        role: index % 2 === 0 ? 'user' : 'assistant',
        parentId: list.at(-1)?.id ?? null,
        text,
      }),
    );
  }
  conversation.leafId = list.at(-1)?.id ?? null;
  return { conversation, messages: Object.fromEntries(list.map((message) => [message.id, message])), list };
}

export const guestView = (over: Partial<GuestView> = {}): GuestView => ({
  id: 'guestguestguest2' as DeviceId,
  name: 'Nora’s phone',
  platform: 'Android',
  lastSeen: Date.now(),
  isApproved: true,
  paths: ['dtls'],
  running: 0,
  waiting: 0,
  tokensLastHour: 0,
  policy: {
    isPaused: false,
    running: 1,
    waiting: 2,
    promptChars: 200_000,
    maxTokens: 4_096,
    tokensPerHour: 100_000,
  },
  ...over,
});

export const hostView = (over: Partial<HostView> = {}): HostView => ({
  id: 'hosthosthosthos2' as DeviceId,
  pairingId: null,
  name: 'Laptop',
  lastSeen: Date.now(),
  step: 'ready',
  failure: null,
  isOver: false,
  comparison: null,
  path: 'dtls',
  isSuspended: false,
  isPaused: false,
  model: 'Pocket',
  running: 0,
  waiting: 0,
  ...over,
});

export const devicesState = (
  over: Partial<Omit<DevicesState, 'sharing'>> & { sharing?: Partial<SharingState> } = {},
): DevicesState => ({
  name: 'Chrome on Linux',
  server: {
    type: 'hearth',
    addresses: ['http://192.168.1.20:18888/'],
    isThisMachine: true,
    localUrl: 'http://localhost:18888/',
  },
  hosts: [],
  isRelayOnly: false,
  signallingUrl: null,
  ...over,
  sharing: {
    obstacle: null,
    isPaused: false,
    reach: 'off',
    pairing: null,
    approvals: [],
    guests: [],
    warning: null,
    ...over.sharing,
  },
});

export const serverView = (over: Partial<ServerView> = {}): ServerView => ({
  id: 'server-1' as ServerId,
  kind: 'vllm',
  name: 'Team',
  url: 'http://gpu.example:8000/v1/',
  origin: 'http://gpu.example:8000',
  hasKey: false,
  models: ['openchat/openchat-3.5-1210'],
  check: { type: 'ok' },
  ...over,
});

/** The topics that every screen watches, at rest. */
export function openCore(core: ScriptedCore, conversations: Conversation[] = []): void {
  core.snapshot('core', { phase: 'open', reason: null });
  core.snapshot('storage', { status: 'ready', error: null, unsaved: 0 });
  core.snapshot('engine', engineState());
  core.snapshot('devices', devicesState());
  core.snapshot('servers', { servers: [] });
  core.snapshot('conversations', {
    conversations: Object.fromEntries(conversations.map((conversation) => [conversation.id, conversation])),
  });
}
