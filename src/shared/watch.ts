import type { TopicName, Topics } from './topics.ts';

/*
 * The dialogue on a watch's MessagePort. The core posts one batch at a time and waits for its `ack`; what happens
 * meanwhile is joined into the next batch. So a tab that is slow, hidden or frozen costs a bounded buffer, and a
 * tab that acknowledges once per frame renders at most once per frame.
 */

export type ToTab<N extends TopicName> =
  | { type: 'snapshot'; number: number; state: Topics[N]['state'] }
  /** `number` is one more than that of the batch or snapshot before. */
  | { type: 'events'; number: number; events: Topics[N]['event'][] };

export type FromTab =
  | { type: 'ack'; number: number }
  /** A number was skipped, or an event did not fit: send a snapshot. */
  | { type: 'resync' }
  | { type: 'close' };
