import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** MD5 is what lists of weights carry. It finds damage; against forgery there is the pinned SHA-256 of libraries. */
export interface FileHash {
  type: 'md5' | 'sha256';
  hex: string;
}

/** So that the core's thread, which also hands out tokens, is never busy for long. */
const sliceBytes = 2 ** 20;

/** The hash of what the blobs say in a row, in hexadecimal. */
export async function hashOf(blobs: Blob[], type: FileHash['type']): Promise<string> {
  const hash = type === 'md5' ? md5.create() : sha256.create();
  for (const blob of blobs) {
    for (let at = 0; at < blob.size; at += sliceBytes) {
      hash.update(new Uint8Array(await blob.slice(at, at + sliceBytes).arrayBuffer()));
    }
  }
  return bytesToHex(hash.digest());
}
