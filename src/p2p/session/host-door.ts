import { equalBytes } from '@noble/curves/utils.js';
import { assertNever } from '../../shared/errors.ts';
import type { Fingerprints } from '../link/link.ts';
import type { Random } from './bytes.ts';
import type { Clock } from './clock.ts';
import type { BookEntry, DeviceBook } from './device-book.ts';
import { withNextPsk } from './device-book.ts';
import type { DeviceKey } from './device-key.ts';
import { deviceIdOf } from './device-key.ts';
import type { Established, HandshakeFault } from './handshake.ts';
import type { Hello, Mode, Refusal, Versions } from './handshake-wire.ts';
import { decodeHello, encodeRefusal } from './handshake-wire.ts';
import { answerGuestHello } from './host-handshake.ts';
import { defaultPolicy } from './limits.ts';
import type { LinkHand } from './link-hand.ts';
import type { PairingWindow } from './pairing-window.ts';

/** Where links of strangers arrive and either become a known device's or are closed. */

export interface Admitted {
  established: Established;
  entry: BookEntry;
}

export interface DoorOptions {
  key: DeviceKey;
  random: Random;
  clock: Clock;
  versions: Versions;
  book: DeviceBook;
  window: PairingWindow;
  /** For the host's person: somebody tried and failed. */
  onFault(fault: HandshakeFault, mode: Mode): void;
}

/** What the guest must know; null when there is nothing to know, and then why not. */
type Door =
  | { type: 'open'; code: string | null; secrets(codeSecret: Uint8Array | null): Promise<Uint8Array[]> }
  | { type: 'shut'; refusal: Refusal };

async function doorFor(hello: Hello, { book, window }: DoorOptions): Promise<Door> {
  const psks = async () => {
    const record = (await book.get(deviceIdOf(hello.staticKey)))?.record;
    // The id is a short hash; the whole key decides.
    return record && equalBytes(record.publicKey, hello.staticKey) ? record.psks : [];
  };
  switch (hello.mode) {
    case 'psk':
      if ((await psks()).length === 0) return { type: 'shut', refusal: 'unknown-device' };
      // Asked again at the end: another link of the device may have changed them meanwhile.
      return { type: 'open', code: null, secrets: psks };
    case 'qr':
      if (window.view === null) return { type: 'shut', refusal: 'no-pairing' };
      return {
        type: 'open',
        code: null,
        secrets: async () => (window.view === null ? [] : [window.view.offer.secret]),
      };
    case 'code': {
      const code = window.takeCode();
      if (code === null) return { type: 'shut', refusal: 'no-pairing' };
      return { type: 'open', code, secrets: async (secret) => (secret === null ? [] : [secret]) };
    }
    default:
      return assertNever(hello.mode);
  }
}

/** The record after the handshake; null when the device may not come in after all. */
async function keep(
  options: DoorOptions,
  established: Established,
  secret: Uint8Array,
): Promise<BookEntry | null> {
  const { book, clock, window } = options;
  const { peerId, peerKey, nextPsk, mode } = established;
  const now = clock.now();
  if (mode === 'psk') {
    return book.change(peerId, ({ record, trust }) => ({
      trust,
      record: { ...withNextPsk(record, nextPsk, secret), lastSeen: now },
    }));
  }
  if (!window.use()) return null;
  const known = (await book.get(peerId))?.record;
  const entry: BookEntry = {
    trust: 'waiting',
    record: {
      id: peerId,
      publicKey: peerKey,
      name: known?.name ?? '',
      platform: known?.platform ?? '',
      firstSeen: known?.firstSeen ?? now,
      lastSeen: now,
      psks: [nextPsk],
      policy: known?.policy ?? defaultPolicy,
      comparison: established.comparison,
    },
  };
  await book.put(entry);
  return entry;
}

/** Runs the handshake on a new link. Null when it is closed again; otherwise it is still in `hand`. Rejects only when the store does. */
export async function admitGuest(
  hand: LinkHand,
  fingerprints: Fingerprints,
  options: DoorOptions,
): Promise<Admitted | null> {
  const refuse = (refusal: Refusal): null => {
    hand.send(encodeRefusal(refusal));
    hand.close();
    return null;
  };

  const frame = await hand.next();
  const hello = frame && decodeHello(frame);
  if (frame === null || hello === null) {
    hand.close();
    return null;
  }
  const door = await doorFor(hello, options);
  if (door.type === 'shut') return refuse(door.refusal);

  const fail = (fault: HandshakeFault): null => {
    if (door.code !== null) options.window.codeFailed();
    options.onFault(fault, hello.mode);
    return refuse(fault === 'version' ? 'version' : 'failed');
  };

  const handshake = answerGuestHello(
    { key: options.key, random: options.random, fingerprints, versions: options.versions },
    { frame, hello },
    door.code,
  );
  if (!handshake.ok) return fail(handshake.fault);
  hand.send(handshake.hello);

  const confirm = await hand.next();
  // Silence after a code was used is a guess that was given up.
  if (confirm === null) return door.code === null ? refuse('failed') : fail('not-authentic');
  const confirmed = handshake.finish(confirm, await door.secrets(handshake.codeSecret));
  if (!confirmed.ok) return fail(confirmed.fault);
  const { established, secret } = confirmed;
  const entry = await keep(options, established, secret);
  if (entry === null) return refuse(established.mode === 'psk' ? 'unknown-device' : 'no-pairing');
  hand.send(confirmed.confirm);
  return { established, entry };
}
