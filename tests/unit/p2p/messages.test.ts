import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import { utf8 } from '../../../src/p2p/session/bytes.ts';
import { fromGuest, readMessage } from '../../../src/p2p/session/messages.ts';
import { bodyOf } from './harness.ts';

it('attack 22: of a message with half a million faults only the first is described', () => {
  let faults = 0;
  v.setGlobalMessage(() => {
    faults += 1;
    return 'Wrong.';
  });
  onTestFinished(() => v.deleteGlobalMessage());
  const request = JSON.stringify({ type: 'request', id: 'a'.repeat(32), body: bodyOf('x') });
  const hostile = request.replace('"turns":[', `"turns":[${'0,'.repeat(500_000)}`);
  expect(readMessage(fromGuest, utf8(hostile))).toBeNull();
  // Besides, of each other type of message that it is none.
  expect(faults).toBeLessThan(20);
  expect(readMessage(fromGuest, utf8(request))).toMatchObject({ body: bodyOf('x') });
});
