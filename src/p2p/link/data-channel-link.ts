import { sha256 } from '@noble/hashes/sha2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { assertFrameSize, FINGERPRINT_BYTES, type Link, type LinkHandlers } from './link.ts';

/** Bytes that may wait in a channel before frames are refused, and below which it takes more. */
const FULL_BYTES = 1024 * 1024;
const ROOMY_BYTES = 256 * 1024;

/** The SHA-256 fingerprint in a session description (RFC 8122); null when there is none. */
function fingerprintIn(sdp: string | undefined): Uint8Array | null {
  const match = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})/im.exec(sdp ?? '');
  return match?.[1] === undefined ? null : hexToBytes(match[1].replaceAll(':', '').toLowerCase());
}

/** Of the certificate that the other end really showed; where the browser does not say, of the one it had to show. */
function remoteFingerprint(connection: RTCPeerConnection): Uint8Array | null {
  const [certificate] = connection.sctp?.transport.getRemoteCertificates?.() ?? [];
  return certificate ? sha256(new Uint8Array(certificate)) : fingerprintIn(connection.remoteDescription?.sdp);
}

/** An open data channel as a link. Null when the browser does not tell the certificates, which the session must bind to. */
export function dataChannelLink(connection: RTCPeerConnection, channel: RTCDataChannel): Link | null {
  const local = fingerprintIn(connection.localDescription?.sdp);
  const remote = remoteFingerprint(connection);
  if (local?.length !== FINGERPRINT_BYTES || remote?.length !== FINGERPRINT_BYTES) return null;

  const early: Uint8Array[] = [];
  let handlers: LinkHandlers | null = null;
  let isClosed = false;
  let isEnded = false;
  let isFull = false;
  channel.binaryType = 'arraybuffer';
  channel.bufferedAmountLowThreshold = ROOMY_BYTES;

  const end = (): void => {
    if (isEnded || isClosed) return;
    isEnded = true;
    connection.close();
    handlers?.onClosed();
  };
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isClosed || isEnded || !(data instanceof ArrayBuffer)) return;
    const frame = new Uint8Array(data);
    if (handlers === null) early.push(frame);
    else handlers.onFrame(frame);
  });
  channel.addEventListener('close', end);
  channel.addEventListener('bufferedamountlow', () => {
    if (!isFull) return;
    isFull = false;
    handlers?.onDrain();
  });
  // A browser that was killed closes nothing: only the connection's state tells, after some seconds.
  connection.addEventListener('connectionstatechange', () => {
    if (connection.connectionState === 'failed' || connection.connectionState === 'closed') end();
  });

  return {
    fingerprints: { label: 'dtls', local, remote },
    listen(next) {
      handlers = next;
      for (const frame of early.splice(0)) next.onFrame(frame);
      if (isEnded) next.onClosed();
    },
    send(frame) {
      assertFrameSize(frame);
      if (isClosed || isEnded || channel.readyState !== 'open') return false;
      if (channel.bufferedAmount + frame.length > FULL_BYTES) {
        isFull = true;
        return false;
      }
      channel.send(frame as Uint8Array<ArrayBuffer>);
      return true;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      connection.close();
    },
  };
}
