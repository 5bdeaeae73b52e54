import { equalBytes } from '@noble/curves/utils.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { assertNever } from '../../shared/errors.ts';
import type { CpaceRun } from './cpace.ts';
import { startCpace } from './cpace.ts';
import { KEY_BYTES } from './device-key.ts';
import type { Established, HandshakeFailure, HandshakeOptions } from './handshake.ts';
import { agreeAll, checkHello, codeInput, establish, failed, makeEphemeral } from './handshake.ts';
import type { Hello } from './handshake-wire.ts';
import { decodeConfirm, decodeHello, encodeConfirm, encodeHello } from './handshake-wire.ts';
import { commitTo, confirmation, deriveKeys, transcriptHash } from './key-schedule.ts';

/** How a guest knows its host. */
export type GuestCredential =
  | { mode: 'psk'; hostKey: Uint8Array; psk: Uint8Array }
  | { mode: 'qr'; hostKey: Uint8Array; secret: Uint8Array }
  /** The host's key is learned in the handshake; the code vouches for it. */
  | { mode: 'code'; code: string };

export interface GuestConfirming {
  ok: true;
  confirm: Uint8Array;
  /** Reads the host's confirmation. */
  finish(frame: Uint8Array): { ok: true; established: Established } | HandshakeFailure;
}

export interface GuestHandshake {
  /** The first frame. */
  hello: Uint8Array;
  /** Reads the host's hello. */
  answer(frame: Uint8Array): GuestConfirming | HandshakeFailure;
}

function sharedSecret(credential: GuestCredential, run: CpaceRun | null, theirs: Hello): Uint8Array | null {
  switch (credential.mode) {
    case 'psk':
      return credential.psk;
    case 'qr':
      return credential.secret;
    case 'code':
      return run?.finish(theirs.share) ?? null;
    default:
      return assertNever(credential);
  }
}

export function startGuestHandshake(options: HandshakeOptions, credential: GuestCredential): GuestHandshake {
  const { key, random, fingerprints, versions } = options;
  const ephemeral = makeEphemeral(random);
  const opening = random(KEY_BYTES);
  const nonce = commitTo(opening);
  let hostIdentity: Uint8Array = new Uint8Array(0);
  const run =
    credential.mode === 'code'
      ? startCpace('initiator', codeInput(credential.code, nonce), random, () => ({
          own: concatBytes(key.publicKey, ephemeral.publicKey),
          theirs: hostIdentity,
        }))
      : null;
  const hello = encodeHello({
    versions,
    role: 'guest',
    mode: credential.mode,
    nonce,
    staticKey: key.publicKey,
    ephemeralKey: ephemeral.publicKey,
    share: run?.share ?? new Uint8Array(KEY_BYTES),
  });

  return {
    hello,
    answer(frame) {
      const theirs = decodeHello(frame);
      if (theirs === null || theirs.mode !== credential.mode) return failed('malformed');
      const checked = checkHello(theirs, { role: 'guest', key, ephemeral: ephemeral.publicKey, versions });
      if (!checked.ok) return checked;
      if (credential.mode !== 'code' && !equalBytes(credential.hostKey, theirs.staticKey)) {
        return failed('wrong-host');
      }
      hostIdentity = concatBytes(theirs.staticKey, theirs.ephemeralKey);
      const agreements = agreeAll('guest', key, ephemeral, theirs);
      const secret = sharedSecret(credential, run, theirs);
      if (agreements === null || secret === null) return failed('weak-key');

      const transcript = transcriptHash({
        guestHello: hello,
        hostHello: frame,
        path: fingerprints.label,
        guestFingerprint: fingerprints.local,
        hostFingerprint: fingerprints.remote,
      });
      const keys = deriveKeys(agreements, secret, transcript);
      return {
        ok: true,
        confirm: encodeConfirm({ opening, tag: confirmation(keys.guestConfirm, transcript) }),
        finish(answer) {
          const theirConfirm = decodeConfirm(answer);
          if (theirConfirm === null) return failed('malformed');
          if (!equalBytes(theirConfirm.tag, confirmation(keys.hostConfirm, transcript))) {
            return failed('not-authentic');
          }
          return { ok: true, established: establish('guest', theirs, checked.version, keys, opening) };
        },
      };
    },
  };
}
