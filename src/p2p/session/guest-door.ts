import type { Fingerprints } from '../link/link.ts';
import type { Random } from './bytes.ts';
import type { GuestCredential } from './guest-handshake.ts';
import { startGuestHandshake } from './guest-handshake.ts';
import type { DeviceKey } from './device-key.ts';
import type { Established, HandshakeFault } from './handshake.ts';
import type { Refusal, Versions } from './handshake-wire.ts';
import { decodeRefusal } from './handshake-wire.ts';
import type { LinkHand } from './link-hand.ts';

/** `lost`: the link ended or fell silent. `store`: this device could not write down the next secret. */
export type DoorFault = HandshakeFault | Refusal | 'lost' | 'store';

export interface GuestDoorOptions {
  key: DeviceKey;
  random: Random;
  versions: Versions;
}

/** Runs the guest's half on a link in `hand`; closes it unless all is well. */
export async function enterHost(
  hand: LinkHand,
  fingerprints: Fingerprints,
  credential: GuestCredential,
  options: GuestDoorOptions,
): Promise<{ ok: true; established: Established } | { ok: false; fault: DoorFault }> {
  const fail = (fault: DoorFault) => {
    hand.close();
    return { ok: false as const, fault };
  };

  const handshake = startGuestHandshake({ ...options, fingerprints }, credential);
  hand.send(handshake.hello);
  const hello = await hand.next();
  if (hello === null) return fail('lost');
  const refusal = decodeRefusal(hello);
  if (refusal !== null) return fail(refusal);
  const confirming = handshake.answer(hello);
  if (!confirming.ok) return fail(confirming.fault);

  hand.send(confirming.confirm);
  const confirm = await hand.next();
  if (confirm === null) return fail('lost');
  const lateRefusal = decodeRefusal(confirm);
  if (lateRefusal !== null) return fail(lateRefusal);
  const finished = confirming.finish(confirm);
  return finished.ok ? finished : fail(finished.fault);
}
