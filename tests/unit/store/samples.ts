import type { Conversation, Generation, Message } from '../../../src/shared/conversation.ts';
import { newId, type ConversationId, type MessageId } from '../../../src/shared/ids.ts';

export const sampleConversation = (change: Partial<Conversation> = {}): Conversation => ({
  id: newId<ConversationId>(),
  title: 'A conversation',
  renamed: false,
  createdAt: 1,
  updatedAt: 1,
  leafId: null,
  deletedAt: null,
  ...change,
});

export const sampleMessage = (conversationId: ConversationId, change: Partial<Message> = {}): Message => ({
  id: newId<MessageId>(),
  conversationId,
  parentId: null,
  role: 'assistant',
  text: '',
  createdAt: 1,
  state: 'done',
  generation: null,
  error: null,
  ...change,
});

export const sampleGeneration = (change: Partial<Generation> = {}): Generation => ({
  model: 'pocket',
  quantization: 'q4f32_1',
  temperature: 0.5,
  topP: 1,
  maxTokens: 100,
  seed: 7,
  finishReason: null,
  promptTokens: 0,
  completionTokens: 0,
  firstTokenMs: null,
  tokensPerSecond: null,
  contextFrom: null,
  recoveries: 0,
  ...change,
});
