import { expect, test } from 'vitest';
import { newId, type ConversationId } from '../../../src/shared/ids.ts';
import { addressOf, parseRoute } from '../../../src/ui/state/parse-route.ts';

test('a conversation is found again by its address', () => {
  const id = newId<ConversationId>();
  expect(parseRoute(addressOf(id))).toEqual({ type: 'conversation', id });
});

test.each(['', '#', '#/'])('%j is a new chat', (hash) => {
  expect(parseRoute(hash)).toEqual({ type: 'new' });
});

test.each(['#/c/', '#/c/1', '#/c/../../x', '#/elsewhere', `#/c/${newId<ConversationId>()}/more`])(
  '%j names nothing',
  (hash) => {
    expect(parseRoute(hash)).toEqual({ type: 'unknown' });
  },
);
