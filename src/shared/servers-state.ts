import type { ServerId } from './ids.ts';

/** Programs that people run, and the port that each of them listens on unless told otherwise. */
export const serverKinds = {
  openchat: { label: 'OpenChat', port: 18888 },
  vllm: { label: 'vLLM', port: 8000 },
  sglang: { label: 'SGLang', port: 30000 },
  llamacpp: { label: 'llama.cpp', port: 8080 },
  ollama: { label: 'Ollama', port: 11434 },
  lmstudio: { label: 'LM Studio', port: 1234 },
  /** On another computer: this one's own asks nobody else. */
  hearth: { label: 'Hearth', port: null },
  other: { label: 'Another server', port: null },
} as const;

export type ServerKind = keyof typeof serverKinds;

/** What a person says of a server. */
export interface ServerInput {
  kind: ServerKind;
  /** Empty: the address stands for it. */
  name: string;
  url: string;
  /** Null keeps the one that is known, as long as the address stays at the same origin. Empty: none. */
  key: string | null;
}

export type ServerProblemKind =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'unauthorized'
  | 'forbidden'
  | 'wrong-path'
  | 'redirect'
  | 'not-compatible'
  | 'no-models'
  | 'busy'
  | 'server-error'
  /** The request never got past this side: no local server, or it does not let this page through. */
  | 'no-proxy';

export interface ServerProblem {
  kind: ServerProblemKind;
  /** What it is and what can be done, for people. */
  message: string;
}

export type ServerCheck =
  | { type: 'unknown' }
  | { type: 'testing' }
  | { type: 'ok' }
  | { type: 'failed'; problem: ServerProblem };

/** A server as tabs see it: never its key. */
export interface ServerView {
  id: ServerId;
  kind: ServerKind;
  name: string;
  /** Where its API begins, with a slash at its end. */
  url: string;
  origin: string;
  hasKey: boolean;
  /** What it offered when it was last asked. */
  models: string[];
  check: ServerCheck;
}

export interface ServersState {
  servers: ServerView[];
}

/** The choice that stands for this model of a server, however many servers offer it. */
export const serverChoiceId = (model: string): string => `http:${model}`;
