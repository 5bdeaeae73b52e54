import { equalBytes } from '@noble/curves/utils.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { startCpace } from './cpace.ts';
import { KEY_BYTES } from './device-key.ts';
import type { Established, HandshakeFailure, HandshakeOptions } from './handshake.ts';
import { agreeAll, checkHello, codeInput, establish, failed, makeEphemeral } from './handshake.ts';
import type { Hello } from './handshake-wire.ts';
import { decodeConfirm, encodeConfirm, encodeHello } from './handshake-wire.ts';
import { commitTo, confirmation, deriveKeys, transcriptHash } from './key-schedule.ts';

export interface HostConfirmed {
  ok: true;
  established: Established;
  /** Which of the offered secrets the guest proved to know. */
  secret: Uint8Array;
  /** To be sent only when the next secret is kept: a guest that reads it forgets the one before. */
  confirm: Uint8Array;
}

export interface HostHandshake {
  ok: true;
  hello: Uint8Array;
  /** What CPace made of the typed code; null in the other modes. */
  codeSecret: Uint8Array | null;
  /** Reads the guest's confirmation, made with any of `secrets`. */
  finish(frame: Uint8Array, secrets: Uint8Array[]): HostConfirmed | HandshakeFailure;
}

/** `code` is the typed code, when the guest's hello is for one. */
export function answerGuestHello(
  options: HandshakeOptions,
  guestHello: { frame: Uint8Array; hello: Hello },
  code: string | null,
): HostHandshake | HandshakeFailure {
  const { key, random, fingerprints, versions } = options;
  const theirs = guestHello.hello;
  const ephemeral = makeEphemeral(random);
  const checked = checkHello(theirs, { role: 'host', key, ephemeral: ephemeral.publicKey, versions });
  if (!checked.ok) return checked;
  const agreements = agreeAll('host', key, ephemeral, theirs);
  if (agreements === null) return failed('weak-key');
  const run =
    code === null
      ? null
      : startCpace('responder', codeInput(code, theirs.nonce), random, () => ({
          own: concatBytes(key.publicKey, ephemeral.publicKey),
          theirs: concatBytes(theirs.staticKey, theirs.ephemeralKey),
        }));
  const codeSecret = run?.finish(theirs.share) ?? null;
  if (run !== null && codeSecret === null) return failed('weak-key');

  const hello = encodeHello({
    versions,
    role: 'host',
    mode: theirs.mode,
    nonce: random(KEY_BYTES),
    staticKey: key.publicKey,
    ephemeralKey: ephemeral.publicKey,
    share: run?.share ?? new Uint8Array(KEY_BYTES),
  });
  const transcript = transcriptHash({
    guestHello: guestHello.frame,
    hostHello: hello,
    path: fingerprints.label,
    guestFingerprint: fingerprints.remote,
    hostFingerprint: fingerprints.local,
  });

  return {
    ok: true,
    hello,
    codeSecret,
    finish(frame, secrets) {
      const theirConfirm = decodeConfirm(frame);
      if (theirConfirm === null) return failed('malformed');
      if (!equalBytes(commitTo(theirConfirm.opening), theirs.nonce)) return failed('not-authentic');
      for (const secret of secrets) {
        const keys = deriveKeys(agreements, secret, transcript);
        if (!equalBytes(theirConfirm.tag, confirmation(keys.guestConfirm, transcript))) continue;
        return {
          ok: true,
          established: establish('host', theirs, checked.version, keys, theirConfirm.opening),
          secret,
          confirm: encodeConfirm({
            opening: new Uint8Array(KEY_BYTES),
            tag: confirmation(keys.hostConfirm, transcript),
          }),
        };
      }
      return failed('not-authentic');
    },
  };
}
