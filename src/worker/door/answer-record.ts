import type { Generation } from '../../shared/conversation.ts';
import type { DoorRequest } from '../../shared/door.ts';
import type { Turn } from '../engines/engine.ts';
import type { OutsideEvent } from '../runs/outside-run.ts';

/** A request that was answered to its end, as a conversation keeps it. */
export interface FinishedAnswer {
  turns: Turn[];
  text: string;
  generation: Generation;
}

/** Gathers one answer while it is written. */
export interface AnswerRecord {
  note(event: OutsideEvent): void;
  finish(): FinishedAnswer;
}

export function makeAnswerRecord({ turns, prefix }: DoorRequest): AnswerRecord {
  let text = prefix;
  let generation: Generation = {
    model: '',
    quantization: '',
    temperature: 0,
    topP: 1,
    maxTokens: 0,
    seed: null,
    finishReason: null,
    promptTokens: 0,
    completionTokens: 0,
    firstTokenMs: null,
    tokensPerSecond: null,
    contextFrom: null,
    recoveries: 0,
  };
  return {
    note(event) {
      if (event.type === 'text') text += event.text;
      if (event.type === 'start')
        generation = { ...generation, ...event.generation, promptTokens: event.promptTokens };
      if (event.type === 'done')
        generation = { ...generation, ...event.usage, finishReason: event.finishReason };
    },
    finish: () => ({ turns, text, generation }),
  };
}
