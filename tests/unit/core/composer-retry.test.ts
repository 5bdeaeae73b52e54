import { createRoot } from 'solid-js';
import { expect, it, vi } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import type { SendCommand } from '../../../src/shared/core-api.ts';
import { newId, type ConversationId, type MessageId } from '../../../src/shared/ids.ts';
import { createComposer } from '../../../src/ui/state/create-composer.ts';
import { makeDraftStore } from '../../../src/ui/state/draft-store.ts';

it('sends the same message again when the core had saved it before it died', async () => {
  vi.stubGlobal('addEventListener', () => {});
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
  vi.unstubAllGlobals();
});
