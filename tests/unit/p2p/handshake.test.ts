import { describe, expect, it } from 'vitest';
import type { Random } from '../../../src/p2p/session/bytes.ts';
import { systemRandom } from '../../../src/p2p/session/bytes.ts';
import { makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import type { GuestCredential } from '../../../src/p2p/session/guest-handshake.ts';
import { startGuestHandshake } from '../../../src/p2p/session/guest-handshake.ts';
import type { HandshakeFault, HandshakeOptions } from '../../../src/p2p/session/handshake.ts';
import type { Versions } from '../../../src/p2p/session/handshake-wire.ts';
import { decodeHello, encodeHello } from '../../../src/p2p/session/handshake-wire.ts';
import { answerGuestHello } from '../../../src/p2p/session/host-handshake.ts';
import { lowOrderPoints } from '../../support/attacker.ts';
import { seededRandom } from '../../support/seeded.ts';
import { dtls } from './harness.ts';

const hostKey = makeDeviceKey(seededRandom('host'));
const guestKey = makeDeviceKey(seededRandom('guest'));
const secret = seededRandom('secret')(16);
const v1: Versions = { min: 1, max: 1 };

const guestOptions: HandshakeOptions = {
  key: guestKey,
  random: systemRandom,
  fingerprints: dtls('guest cert', 'host cert'),
  versions: v1,
};
const hostOptions: HandshakeOptions = {
  ...guestOptions,
  key: hostKey,
  fingerprints: dtls('host cert', 'guest cert'),
};

interface Wire {
  guest?: Partial<HandshakeOptions>;
  host?: Partial<HandshakeOptions>;
  credential?: GuestCredential;
  hostSecrets?: Uint8Array[];
  code?: string;
  onGuestHello?(frame: Uint8Array): Uint8Array;
  onHostHello?(frame: Uint8Array): Uint8Array;
  onGuestConfirm?(frame: Uint8Array): Uint8Array;
  onHostConfirm?(frame: Uint8Array): Uint8Array;
}

const same = (frame: Uint8Array) => frame;

/** Runs both halves with somebody on the way; ends with the first fault, or with what both established. */
function shake(wire: Wire = {}) {
  const fault = (by: 'guest' | 'host', of: { fault: HandshakeFault }) => ({ by, fault: of.fault });
  const credential = wire.credential ?? { mode: 'qr', hostKey: hostKey.publicKey, secret };
  const guest = startGuestHandshake({ ...guestOptions, ...wire.guest }, credential);
  const guestHello = (wire.onGuestHello ?? same)(guest.hello);
  const hello = decodeHello(guestHello);
  if (hello === null) return { by: 'host' as const, fault: 'malformed' as const };
  const host = answerGuestHello(
    { ...hostOptions, ...wire.host },
    { frame: guestHello, hello },
    wire.code ?? null,
  );
  if (!host.ok) return fault('host', host);
  const confirming = guest.answer((wire.onHostHello ?? same)(host.hello));
  if (!confirming.ok) return fault('guest', confirming);
  const secrets = wire.hostSecrets ?? [host.codeSecret ?? secret];
  const confirmed = host.finish((wire.onGuestConfirm ?? same)(confirming.confirm), secrets);
  if (!confirmed.ok) return fault('host', confirmed);
  const finished = confirming.finish((wire.onHostConfirm ?? same)(confirmed.confirm));
  if (!finished.ok) return fault('guest', finished);
  return { guest: finished.established, host: confirmed.established };
}

const edit =
  (change: (hello: NonNullable<ReturnType<typeof decodeHello>>) => object) => (frame: Uint8Array) => {
    const hello = decodeHello(frame);
    if (hello === null) throw new Error('Not a hello.');
    return encodeHello({ ...hello, ...change(hello) });
  };

const flip = (at: number) => (frame: Uint8Array) =>
  frame.map((byte, index) => (index === at ? byte ^ 1 : byte));

const establishedKeys = (result: ReturnType<typeof shake>) => {
  if (!('guest' in result)) throw new Error(`The ${result.by} found: ${result.fault}`);
  return result;
};

describe('an honest handshake', () => {
  it('gives both ends the same keys, crossed, and the same six digits', () => {
    const { guest, host } = establishedKeys(shake());
    expect(guest.sendKey).toEqual(host.receiveKey);
    expect(guest.receiveKey).toEqual(host.sendKey);
    expect(guest.sendKey).not.toEqual(guest.receiveKey);
    expect(guest.nextPsk).toEqual(host.nextPsk);
    expect(guest.comparison).toBe(host.comparison);
    expect(guest.comparison).toMatch(/^\d{6}$/);
    expect(guest.peerId).toBe(hostKey.id);
    expect(host.peerId).toBe(guestKey.id);
  });

  it('makes other keys every time', () => {
    const [first, second] = [establishedKeys(shake()), establishedKeys(shake())];
    expect(first.guest.sendKey).not.toEqual(second.guest.sendKey);
    expect(first.guest.nextPsk).not.toEqual(second.guest.nextPsk);
  });

  it('works with a secret from before, any of those that the host still tries', () => {
    const [old, next] = [systemRandom(32), systemRandom(32)];
    const credential = { mode: 'psk', hostKey: hostKey.publicKey, psk: old } as const;
    establishedKeys(shake({ credential, hostSecrets: [next, old] }));
    expect(shake({ credential, hostSecrets: [next] })).toEqual({ by: 'host', fault: 'not-authentic' });
    expect(shake({ credential, hostSecrets: [] })).toEqual({ by: 'host', fault: 'not-authentic' });
  });

  it('works with a typed code, and tells the guest the host’s key', () => {
    const { guest } = establishedKeys(
      shake({ credential: { mode: 'code', code: '01234567' }, code: '01234567' }),
    );
    expect(guest.peerKey).toEqual(hostKey.publicKey);
  });

  it('works on the relay', () => {
    const relay = { label: 'relay' as const, local: new Uint8Array(32), remote: new Uint8Array(32) };
    establishedKeys(shake({ guest: { fingerprints: relay }, host: { fingerprints: relay } }));
  });
});

describe('attacks on the handshake', () => {
  it('attack 9: a server that put another certificate into one end’s offer, either way round', () => {
    const notAuthentic = { by: 'host', fault: 'not-authentic' };
    expect(shake({ guest: { fingerprints: dtls('guest cert', 'attacker cert') } })).toEqual(notAuthentic);
    expect(shake({ host: { fingerprints: dtls('host cert', 'attacker cert') } })).toEqual(notAuthentic);
  });

  it('attack 11: a wrong code', () => {
    expect(shake({ credential: { mode: 'code', code: '01234567' }, code: '01234568' })).toEqual({
      by: 'host',
      fault: 'not-authentic',
    });
  });

  it('attack 12: a wrong QR secret', () => {
    expect(shake({ hostSecrets: [systemRandom(16)] })).toEqual({ by: 'host', fault: 'not-authentic' });
  });

  it('attack 14: a relaying man in the middle, with certificates of his own on both sides', () => {
    expect(
      shake({
        guest: { fingerprints: dtls('guest cert', 'attacker cert A') },
        host: { fingerprints: dtls('host cert', 'attacker cert B') },
      }),
    ).toEqual({ by: 'host', fault: 'not-authentic' });
  });

  it('attack 14: a man in the middle who puts his own keys in', () => {
    const mine = makeDeviceKey();
    expect(shake({ onGuestHello: edit(() => ({ staticKey: mine.publicKey })) })).toMatchObject({
      by: 'host',
    });
    expect(shake({ onGuestHello: edit(() => ({ ephemeralKey: mine.publicKey })) })).toMatchObject({
      by: 'host',
    });
    expect(shake({ onHostHello: edit(() => ({ staticKey: mine.publicKey })) })).toEqual({
      by: 'guest',
      fault: 'wrong-host',
    });
    expect(shake({ onHostHello: edit(() => ({ ephemeralKey: mine.publicKey })) })).toEqual({
      by: 'host',
      fault: 'not-authentic',
    });
  });

  it('attack 14: a relay that claims to be a data channel, and the other way round', () => {
    const zeros = new Uint8Array(32);
    const relay = { label: 'relay' as const, local: zeros, remote: zeros };
    expect(
      shake({ host: { fingerprints: { ...relay, label: 'dtls' } }, guest: { fingerprints: relay } }),
    ).toEqual({
      by: 'host',
      fault: 'not-authentic',
    });
  });

  it('attack 15: our own frames come back', () => {
    const guest = startGuestHandshake(guestOptions, { mode: 'qr', hostKey: hostKey.publicKey, secret });
    expect(guest.answer(guest.hello)).toEqual({ ok: false, fault: 'reflected' });
    // Dressed up as the host's.
    const dressed = edit(() => ({ role: 'host' }))(guest.hello);
    expect(guest.answer(dressed)).toEqual({ ok: false, fault: 'reflected' });
    let confirm = new Uint8Array(0);
    expect(
      shake({
        onGuestConfirm: (frame) => (confirm = frame.slice()),
        onHostConfirm: () => confirm,
      }),
    ).toEqual({ by: 'guest', fault: 'not-authentic' });
  });

  it('attack 16: a recorded run played again', () => {
    const frames: Uint8Array[] = [];
    establishedKeys(
      shake({
        onGuestHello: (frame) => (frames[0] = frame),
        onGuestConfirm: (frame) => (frames[1] = frame),
      }),
    );
    const [hello, confirm] = frames;
    if (!hello || !confirm) throw new Error('Nothing was recorded.');
    expect(shake({ onGuestHello: () => hello, onGuestConfirm: () => confirm })).toEqual({
      by: 'host',
      fault: 'not-authentic',
    });
  });

  it('attack 17: a version taken away from either hello', () => {
    const both: Versions = { min: 1, max: 2 };
    const wire = { guest: { versions: both }, host: { versions: both } };
    expect(establishedKeys(shake(wire)).guest.version).toBe(2);
    expect(shake({ ...wire, onGuestHello: edit(() => ({ versions: v1 })) })).toEqual({
      by: 'host',
      fault: 'not-authentic',
    });
    expect(shake({ ...wire, onHostHello: edit(() => ({ versions: v1 })) })).toEqual({
      by: 'host',
      fault: 'not-authentic',
    });
  });

  it('attack 34: no version in common, either way round', () => {
    expect(shake({ guest: { versions: { min: 2, max: 3 } } })).toEqual({ by: 'host', fault: 'version' });
    expect(shake({ host: { versions: { min: 2, max: 3 } } })).toEqual({ by: 'host', fault: 'version' });
    expect(shake({ onHostHello: edit(() => ({ versions: { min: 2, max: 3 } })) })).toEqual({
      by: 'guest',
      fault: 'version',
    });
  });

  it('attack 18: points of low order as any key of either end', () => {
    for (const point of lowOrderPoints) {
      for (const field of ['staticKey', 'ephemeralKey']) {
        expect(shake({ onGuestHello: edit(() => ({ [field]: point })) })).toEqual({
          by: 'host',
          fault: 'weak-key',
        });
      }
      expect(shake({ onHostHello: edit(() => ({ ephemeralKey: point })) })).toEqual({
        by: 'guest',
        fault: 'weak-key',
      });
      const credential = { mode: 'qr', hostKey: point, secret } as const;
      expect(shake({ credential, onHostHello: edit(() => ({ staticKey: point })) })).toEqual({
        by: 'guest',
        fault: 'weak-key',
      });
    }
  });

  it('attack 18: a code’s share that is no point, or the neutral one', () => {
    const wire = { credential: { mode: 'code', code: '01234567' } as const, code: '01234567' };
    for (const share of [new Uint8Array(32), new Uint8Array(32).fill(255)]) {
      expect(shake({ ...wire, onGuestHello: edit(() => ({ share })) })).toEqual({
        by: 'host',
        fault: 'weak-key',
      });
      expect(shake({ ...wire, onHostHello: edit(() => ({ share })) })).toEqual({
        by: 'guest',
        fault: 'weak-key',
      });
    }
  });

  it('a single changed bit anywhere ends it', () => {
    const lengths = { onGuestHello: 133, onHostHello: 133, onGuestConfirm: 65, onHostConfirm: 65 } as const;
    const below = seededRandom('bits');
    for (const step of ['onGuestHello', 'onHostHello', 'onGuestConfirm', 'onHostConfirm'] as const) {
      // The host's opening is unused, so only its tag is looked at.
      const from = step === 'onHostConfirm' ? 33 : 0;
      for (let round = 0; round < 12; round += 1) {
        const [random = 0] = below(1);
        const at = from + (random % (lengths[step] - from));
        const result = shake({ [step]: flip(at) });
        expect(result, `${step}, byte ${at}`).toHaveProperty('fault');
      }
    }
  });

  it('a guest that changes its opening after seeing the host’s keys, to steer the six digits', () => {
    expect(shake({ onGuestConfirm: flip(1) })).toEqual({ by: 'host', fault: 'not-authentic' });
  });

  it('a mode changed on the way', () => {
    expect(shake({ onGuestHello: edit(() => ({ mode: 'psk' })) })).toMatchObject({ fault: 'malformed' });
  });

  it('refusals name no secret', () => {
    const result = JSON.stringify(shake({ hostSecrets: [systemRandom(16)] }));
    expect(result).toBe('{"by":"host","fault":"not-authentic"}');
  });

  it('draws all its randomness from the option', () => {
    const asked: number[] = [];
    const random: Random = (length) => {
      asked.push(length);
      return systemRandom(length);
    };
    establishedKeys(shake({ guest: { random }, host: { random } }));
    expect(asked).toEqual([32, 32, 32, 32]);
  });
});
