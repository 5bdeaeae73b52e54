import { sha256 } from '@noble/hashes/sha2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { makeInbox } from './inbox.ts';
import { assertFrameSize, FINGERPRINT_BYTES, type Link } from './link.ts';

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

export interface DataChannelLink extends Link {
  /** Its connection was closed, of which a browser tells nothing to the page that did it. */
  lose(): void;
}

/**
 * An open data channel as a link; `shut` closes its connection. Null when the browser does not tell the certificates,
 * which the session must bind to.
 */
export function dataChannelLink(
  connection: RTCPeerConnection,
  channel: RTCDataChannel,
  shut: () => void,
): DataChannelLink | null {
  const local = fingerprintIn(connection.localDescription?.sdp);
  const remote = remoteFingerprint(connection);
  if (local?.length !== FINGERPRINT_BYTES || remote?.length !== FINGERPRINT_BYTES) return null;

  const inbox = makeInbox({ shut });
  let isFull = false;
  const lose = (): void => {
    if (inbox.isOver) return;
    shut();
    inbox.end();
  };
  channel.binaryType = 'arraybuffer';
  channel.bufferedAmountLowThreshold = ROOMY_BYTES;

  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) inbox.arrive(new Uint8Array(data));
  });
  channel.addEventListener('close', lose);
  channel.addEventListener('bufferedamountlow', () => {
    if (!isFull) return;
    isFull = false;
    inbox.drained();
  });
  // A browser that was killed closes nothing: only the connection's state tells, after some seconds.
  connection.addEventListener('connectionstatechange', () => {
    if (connection.connectionState === 'failed' || connection.connectionState === 'closed') lose();
  });

  return {
    fingerprints: { label: 'dtls', local, remote },
    listen: inbox.listen,
    send(frame) {
      assertFrameSize(frame);
      if (inbox.isOver || channel.readyState !== 'open') return false;
      if (channel.bufferedAmount + frame.length > FULL_BYTES) {
        isFull = true;
        return false;
      }
      channel.send(frame as Uint8Array<ArrayBuffer>);
      return true;
    },
    close: inbox.close,
    lose,
  };
}
