import * as v from 'valibot';
import { routePattern } from './route.ts';

/*
 * What PeerJS 1.5.5 may see of its server's messages. It trusts the server: it reads fields that may be missing, and
 * keeps for ever what belongs to no connection, whatever its type. Fields that it does not need are left out.
 */

const src = v.pipe(v.string(), v.regex(routePattern));
const connectionId = v.pipe(v.string(), v.minLength(1), v.maxLength(64));
const sdp = v.pipe(v.string(), v.maxLength(32 * 1024));

const offer = v.object({
  type: v.literal('OFFER'),
  src,
  payload: v.object({
    type: v.literal('data'),
    serialization: v.literal('raw'),
    connectionId,
    sdp: v.object({ type: v.literal('offer'), sdp }),
    reliable: v.literal(true),
    /** The ticket, which the core reads. */
    metadata: v.optional(v.unknown()),
  }),
});

const answer = v.object({
  type: v.literal('ANSWER'),
  src,
  payload: v.object({ connectionId, sdp: v.object({ type: v.literal('answer'), sdp }) }),
});

const candidate = v.object({
  type: v.literal('CANDIDATE'),
  src,
  payload: v.object({
    connectionId,
    candidate: v.object({
      candidate: v.pipe(v.string(), v.maxLength(1_000)),
      sdpMid: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(32)))),
      sdpMLineIndex: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(16)))),
    }),
  }),
});

const fromSignalling = v.variant('type', [
  offer,
  answer,
  candidate,
  v.object({ type: v.picklist(['OPEN', 'ID-TAKEN', 'INVALID-KEY']) }),
  v.object({ type: v.picklist(['LEAVE', 'EXPIRE']), src }),
  v.object({ type: v.literal('ERROR'), payload: v.object({ msg: v.pipe(v.string(), v.maxLength(1_000)) }) }),
]);

export type SignalMessage = v.InferOutput<typeof fromSignalling>;
export type Offer = v.InferOutput<typeof offer>;
export type Candidate = v.InferOutput<typeof candidate>;

/** Null for what is none of these. */
export function readSignal(message: unknown): SignalMessage | null {
  const parsed = v.safeParse(fromSignalling, message, { abortEarly: true });
  return parsed.success ? parsed.output : null;
}
