/** Most bytes in one frame: what every browser's data channel takes without cutting it itself. */
export const MAX_FRAME_BYTES = 16 * 1024;

export const FINGERPRINT_BYTES = 32;

/**
 * What the handshake binds to, so that whoever stands between two ends is found out.
 * `dtls`: SHA-256 of the local certificate, and of the remote one actually seen on this connection.
 * `relay`: there are no certificates, so both are zeros; the session's own encryption is all there is.
 */
export interface Fingerprints {
  label: 'dtls' | 'relay';
  local: Uint8Array;
  remote: Uint8Array;
}

export const relayFingerprints = (): Fingerprints => ({
  label: 'relay',
  local: new Uint8Array(FINGERPRINT_BYTES),
  remote: new Uint8Array(FINGERPRINT_BYTES),
});

export interface LinkHandlers {
  /** In the order of sending. Never called after `onClosed`. The frame is the receiver's to keep. */
  onFrame(frame: Uint8Array): void;
  /** A `send` that was refused may be tried again. */
  onDrain(): void;
  /** Once, whoever closed it, and not for this end's own `close`. */
  onClosed(): void;
}

/**
 * A pipe of bytes: ordered, whole frames, nothing lost while it lives. It knows no keys and no messages.
 * It is open from the start; what arrives before `listen` is kept for it.
 */
export interface Link {
  readonly fingerprints: Fingerprints;
  /** Takes over what arrives. May be called again: the newest handlers count. */
  listen(handlers: LinkHandlers): void;
  /**
   * True when the link took the frame. False when it is full or closed: nothing was sent, try again after `onDrain`.
   * The bytes must not change afterwards. Throws for a frame over `MAX_FRAME_BYTES`, which is a mistake of the caller.
   */
  send(frame: Uint8Array): boolean;
  /** Frames already taken may or may not arrive. Twice is once. */
  close(): void;
}

export function assertFrameSize(frame: Uint8Array): void {
  if (frame.length > MAX_FRAME_BYTES) {
    throw new RangeError(`A frame has ${frame.length} bytes; ${MAX_FRAME_BYTES} are allowed.`);
  }
}
