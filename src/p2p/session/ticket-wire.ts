import * as v from 'valibot';
import type { DeviceId } from '../../shared/ids.ts';
import type { AdmissionTicket } from './admission.ts';
import { decodeText, encodeText } from './bytes.ts';

/** What an offer of a data channel carries. `device` is null when the ticket was made with a pairing's secret. */
export interface DeviceTicket extends AdmissionTicket {
  device: DeviceId | null;
}

const wire = v.strictObject({
  v: v.literal(1),
  device: v.nullable(v.pipe(v.string(), v.regex(/^[a-z2-7]{16}$/))),
  at: v.pipe(v.number(), v.finite()),
  nonce: v.pipe(v.string(), v.maxLength(22)),
  tag: v.pipe(v.string(), v.maxLength(43)),
});

export const encodeTicket = ({ device, at, nonce, tag }: DeviceTicket): unknown => ({
  v: 1,
  device,
  at,
  nonce: encodeText(nonce, 'base64url'),
  tag: encodeText(tag, 'base64url'),
});

/** Null for whatever is not a ticket. */
export function decodeTicket(value: unknown): DeviceTicket | null {
  const parsed = v.safeParse(wire, value, { abortEarly: true });
  if (!parsed.success) return null;
  const { device, at } = parsed.output;
  const nonce = decodeText(parsed.output.nonce, 'base64url', 16);
  const tag = decodeText(parsed.output.tag, 'base64url', 32);
  return nonce && tag && { device: device as DeviceId | null, at, nonce, tag };
}
