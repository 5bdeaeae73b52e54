/** What a session needs of time, so that tests can own it. The core's `Clock` fits. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, `ms` milliseconds from now. Returns what takes it back. */
  after(ms: number, callback: () => void): () => void;
}
