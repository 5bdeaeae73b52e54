import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
} from 'node:crypto';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, it } from 'vitest';
import { utf8 } from '../../../src/p2p/session/bytes.ts';
import { makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import { makeSealer, makeOpener } from '../../../src/p2p/session/frame-cipher.ts';
import { startGuestHandshake } from '../../../src/p2p/session/guest-handshake.ts';
import { decodeHello } from '../../../src/p2p/session/handshake-wire.ts';
import { answerGuestHello } from '../../../src/p2p/session/host-handshake.ts';
import { dtls, fingerprint } from './harness.ts';
import vectors from './vectors.json' with { type: 'json' };

/*
 * The vectors of `src/p2p/README.md`. Each is made by the code and compared with the file. The handshake is made once
 * more here with node's own X25519, SHA-256, HMAC and HKDF, by the words of the protocol page; for the frames node has
 * no XChaCha20, so the cipher is held to an example of its draft.
 */

const range = (from: number) => Uint8Array.from({ length: 32 }, (_, index) => from + index);
const guestSecretKey = range(0);
const hostSecretKey = range(32);
const secret = range(64).slice(0, 16);
const versions = { min: 1, max: 1 };

/** Hands out the given bytes in order. */
const fixed = (...parts: Uint8Array[]) => {
  const left = [...parts];
  return () => left.shift() ?? new Uint8Array(0);
};

const guestKey = makeDeviceKey(fixed(guestSecretKey));
const hostKey = makeDeviceKey(fixed(hostSecretKey));
const guestEphemeral = range(96);
const opening = range(128);
const hostEphemeral = range(160);
const hostNonce = range(192);

function runHandshake() {
  const guest = startGuestHandshake(
    {
      key: guestKey,
      random: fixed(guestEphemeral, opening),
      fingerprints: dtls('guest cert', 'host cert'),
      versions,
    },
    { mode: 'qr', hostKey: hostKey.publicKey, secret },
  );
  const hello = decodeHello(guest.hello);
  if (hello === null) throw new Error('No hello.');
  const host = answerGuestHello(
    {
      key: hostKey,
      random: fixed(hostEphemeral, hostNonce),
      fingerprints: dtls('host cert', 'guest cert'),
      versions,
    },
    { frame: guest.hello, hello },
    null,
  );
  if (!host.ok) throw new Error(host.fault);
  const confirming = guest.answer(host.hello);
  if (!confirming.ok) throw new Error(confirming.fault);
  const confirmed = host.finish(confirming.confirm, [secret]);
  if (!confirmed.ok) throw new Error(confirmed.fault);
  return { guestHello: guest.hello, hostHello: host.hello, guestConfirm: confirming.confirm, confirmed };
}

describe('the handshake of the protocol page', () => {
  const { guestHello, hostHello, guestConfirm, confirmed } = runHandshake();
  const { established } = confirmed;

  it('is the one in the file', () => {
    expect({
      guestId: guestKey.id,
      hostId: hostKey.id,
      guestHello: bytesToHex(guestHello),
      hostHello: bytesToHex(hostHello),
      guestConfirm: bytesToHex(guestConfirm),
      hostConfirm: bytesToHex(confirmed.confirm),
      guestFrames: bytesToHex(established.receiveKey),
      hostFrames: bytesToHex(established.sendKey),
      nextPsk: bytesToHex(established.nextPsk),
      comparison: established.comparison,
    }).toEqual(vectors.handshake);
  });

  it('comes out the same from node’s own cryptography', () => {
    const x25519 = (secretKey: Uint8Array, publicKey: Uint8Array) =>
      diffieHellman({
        privateKey: createPrivateKey({
          key: Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), secretKey]),
          format: 'der',
          type: 'pkcs8',
        }),
        publicKey: createPublicKey({
          key: Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), publicKey]),
          format: 'der',
          type: 'spki',
        }),
      });
    const prefixed = (...fields: Uint8Array[]) =>
      Buffer.concat(
        fields.flatMap((field) => {
          const length = Buffer.alloc(4);
          length.writeUInt32BE(field.length);
          return [length, field];
        }),
      );
    const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
    const hostEphemeralPublic = hostHello.slice(69, 101);
    const transcript = sha256(
      prefixed(
        utf8('hearth-p2p-1'),
        guestHello,
        hostHello,
        utf8('path:dtls'),
        fingerprint('guest cert'),
        fingerprint('host cert'),
      ),
    );
    const material = Buffer.concat([
      x25519(guestEphemeral, hostEphemeralPublic),
      x25519(guestSecretKey, hostEphemeralPublic),
      x25519(guestEphemeral, hostKey.publicKey),
      prefixed(secret),
    ]);
    const key = (label: string) =>
      Buffer.from(hkdfSync('sha256', material, transcript, utf8(`hearth-p2p-1 ${label}`), 32));
    const hmac = (hmacKey: Uint8Array, bytes: Uint8Array) =>
      createHmac('sha256', hmacKey).update(bytes).digest();

    expect(bytesToHex(guestHello.slice(5, 37))).toBe(
      sha256(prefixed(utf8('hearth-p2p-1 commitment'), opening)).toString('hex'),
    );
    expect(key('guest frames').toString('hex')).toBe(vectors.handshake.guestFrames);
    expect(key('host frames').toString('hex')).toBe(vectors.handshake.hostFrames);
    expect(key('next psk').toString('hex')).toBe(vectors.handshake.nextPsk);
    expect(vectors.handshake.guestConfirm).toBe(
      `02${bytesToHex(opening)}${hmac(key('guest confirm'), transcript).toString('hex')}`,
    );
    expect(vectors.handshake.hostConfirm).toBe(
      `02${'00'.repeat(32)}${hmac(key('host confirm'), transcript).toString('hex')}`,
    );
    const digits = hmac(key('comparison'), opening).readBigUInt64BE(0) % 1_000_000n;
    expect(digits.toString().padStart(6, '0')).toBe(vectors.handshake.comparison);
  });
});

describe('the frames of the protocol page', () => {
  it('are the ones in the file, and open again', () => {
    const key = hexToBytes(vectors.frames.key);
    const seal = makeSealer(key);
    const open = makeOpener(key);
    for (const { plain, frame } of vectors.frames.sealed) {
      const sealed = seal(hexToBytes(plain));
      expect(bytesToHex(sealed)).toBe(frame);
      expect(open(sealed)).toEqual({ type: 'plain', bytes: hexToBytes(plain) });
    }
  });

  it('use XChaCha20-Poly1305 as its draft has it', async () => {
    // draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    const { xchacha20poly1305 } = await import('@noble/ciphers/chacha.js');
    const plain = utf8(
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
    );
    const sealed = xchacha20poly1305(
      hexToBytes('808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f'),
      hexToBytes('404142434445464748494a4b4c4d4e4f5051525354555657'),
      hexToBytes('50515253c0c1c2c3c4c5c6c7'),
    ).encrypt(plain);
    expect(bytesToHex(sealed.slice(-16))).toBe('c0875924c1c7987947deafd8780acf49');
    expect(bytesToHex(sealed.slice(0, 16))).toBe('bd6d179d3e83d43b9576579493c0e939');
  });
});
