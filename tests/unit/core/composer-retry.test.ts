import { createRoot } from 'solid-js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import type { SendCommand } from '../../../src/shared/core-api.ts';
import { newId, type ConversationId, type MessageId } from '../../../src/shared/ids.ts';
import { createComposer } from '../../../src/ui/state/create-composer.ts';
import { draftKey, makeDraftStore } from '../../../src/ui/state/draft-store.ts';

beforeEach(() => vi.stubGlobal('addEventListener', () => {}));
afterEach(() => vi.unstubAllGlobals());

it('sends the same message again when the core had saved it before it died', async () => {
  const conversationId = newId<ConversationId>();
  let leafId: MessageId | null = newId<MessageId>();
  const sent: SendCommand[] = [];
  const composer = createRoot(() =>
    createComposer({
      conversationId: () => conversationId,
      isOpening: () => false,
      leafId: () => leafId,
      newCondition: () => null,
      drafts: makeDraftStore(null, null),
      async send(command) {
        sent.push(command);
        // Saved, and shown by the next core; only the reply was lost.
        leafId = command.answerId;
        if (sent.length === 1) throw new AppError('core-died', 'The core stopped.');
      },
      onSent: () => {},
    }),
  );
  composer.suggest('Hi');
  await expect.poll(() => composer.command.pending()).toBe(false);
  composer.suggest('Hi');
  await expect.poll(() => sent.length).toBe(2);
  expect(sent[1]).toEqual(sent[0]);
});

describe('a suggestion', () => {
  /** A new chat whose first messages fail, as many as said. */
  function composerThatFails(times: number) {
    let left = times;
    const moved = vi.fn<(id: ConversationId) => void>();
    const drafts = makeDraftStore(null, null);
    const composer = createRoot(() =>
      createComposer({
        conversationId: () => null,
        isOpening: () => false,
        leafId: () => null,
        newCondition: () => null,
        drafts,
        async send() {
          left -= 1;
          if (left >= 0) throw new AppError('core-died', 'The core stopped.');
        },
        onSent: moved,
      }),
    );
    return {
      composer,
      /** What is left to be sent once the message was. */
      async rest() {
        await expect.poll(() => moved.mock.calls.length).toBe(1);
        return drafts.read(draftKey(moved.mock.calls[0]?.[0] ?? null));
      },
    };
  }

  it('leaves a draft as it is that begins with the same words', async () => {
    const { composer, rest } = composerThatFails(0);
    composer.setText('Hi and more');
    composer.suggest('Hi');
    expect(await rest()).toBe('Hi and more');
  });

  it('leaves nothing of itself when it waited in the composer and is tried again', async () => {
    const { composer, rest } = composerThatFails(2);
    for (const _ of [1, 2]) {
      composer.suggest('Hi');
      await expect.poll(() => composer.command.pending()).toBe(false);
      expect(composer.text()).toBe('Hi');
    }
    composer.suggest('Hi');
    expect(await rest()).toBe('');
  });
});
