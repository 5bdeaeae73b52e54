import { describe, expect, it } from 'vitest';
import { newId, type ConversationId, type MessageId, type TabId } from '../../../src/shared/ids.ts';
import type { ConversationState, TopicName } from '../../../src/shared/topics.ts';
import type { ToTab } from '../../../src/shared/watch.ts';
import { makeWatchHub, type WatchPort } from '../../../src/worker/watch-hub.ts';

const conversationId = newId<ConversationId>();
const topic = `conversation:${conversationId}` as const;
const messageId = newId<MessageId>();
const blank = (): ConversationState => ({ conversation: null, messages: {} });

/** Records what it is sent, like a port whose other end answers only when told to. */
class RecordingPort implements WatchPort {
  onmessage: ((event: MessageEvent) => void) | null = null;
  readonly sent: ToTab<TopicName>[] = [];
  closed = false;
  postMessage(message: unknown): void {
    this.sent.push(structuredClone(message) as ToTab<TopicName>);
  }
  close(): void {
    this.closed = true;
  }
  answer(data: unknown): void {
    this.onmessage?.({ data } as MessageEvent);
  }
  ack(): void {
    this.answer({ type: 'ack', number: this.sent.at(-1)?.number });
  }
}

function watched() {
  const unwatched: TopicName[] = [];
  const hub = makeWatchHub((name) => unwatched.push(name));
  const port = new RecordingPort();
  const tabId = newId<TabId>();
  const state = blank();
  hub.watch(topic, tabId, port, () => state);
  let at = 0;
  const append = (text: string): void => {
    hub.publish(topic, { type: 'append', messageId, at, text });
    at += text.length;
  };
  return { hub, port, tabId, unwatched, append, state };
}

describe('watch hub', () => {
  it('starts with a snapshot and numbers every batch', () => {
    const { port, append } = watched();
    port.ack();
    append('a');
    port.ack();
    append('b');
    expect(port.sent.map(({ type, number }) => [type, number])).toEqual([
      ['snapshot', 1],
      ['events', 2],
      ['events', 3],
    ]);
  });

  it('joins what a slow tab has not seen into one event', () => {
    const { port, append } = watched();
    port.ack();
    append('a');
    for (const letter of 'bcdef') append(letter);
    expect(port.sent).toHaveLength(2);
    port.ack();
    expect(port.sent.at(-1)).toEqual({
      type: 'events',
      number: 3,
      events: [{ type: 'append', messageId, at: 1, text: 'bcdef' }],
    });
  });

  it('sends a frozen tab one snapshot instead of a growing list', () => {
    const { hub, port } = watched();
    port.ack();
    hub.publish(topic, { type: 'gone' });
    for (let index = 0; index < 1000; index++) {
      hub.publish(topic, { type: 'append', messageId: newId<MessageId>(), at: 0, text: 'x' });
    }
    expect(port.sent).toHaveLength(2);
    port.ack();
    expect(port.sent.at(-1)?.type).toBe('snapshot');
  });

  it('answers a resync with a snapshot, even while a batch is unacknowledged', () => {
    const { port, append } = watched();
    append('lost');
    port.answer({ type: 'resync' });
    expect(port.sent.at(-1)).toMatchObject({ type: 'snapshot', number: 2 });
  });

  it('ignores an acknowledgement of an older batch', () => {
    const { port, append } = watched();
    port.ack();
    append('a');
    append('b');
    port.answer({ type: 'ack', number: 1 });
    expect(port.sent).toHaveLength(2);
  });

  it('drops the watches of a dead tab and says when a topic has no watcher left', () => {
    const { hub, port, tabId, unwatched, append } = watched();
    expect(hub.isWatched(topic)).toBe(true);
    hub.dropTab(tabId);
    append('x');
    expect(port.closed).toBe(true);
    expect(port.sent).toHaveLength(1);
    expect(hub.isWatched(topic)).toBe(false);
    expect(unwatched).toEqual([topic]);
  });
});
