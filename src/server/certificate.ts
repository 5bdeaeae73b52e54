import { X509Certificate } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { isLoopback } from './addresses.ts';
import { StartError } from './start-error.ts';

/** In PEM. */
export interface Certificate {
  key: string;
  cert: string;
}

const dayMs = 24 * 60 * 60_000;
/** The longest that browsers take (Apple's limit for certificates that a person trusts by hand is 825 days). */
const lifeDays = 800;

const sayNames = (names: readonly string[]) =>
  names.map((name) =>
    isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name },
  );

async function make(names: readonly string[], now: Date): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'Hearth' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - dayMs),
    notAfterDate: new Date(now.getTime() + lifeDays * dayMs),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: sayNames(names) },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/** Whether it is good now, for all of these names, and for a week more. */
function isGoodFor(cert: string, names: readonly string[], now: Date): boolean {
  const read = new X509Certificate(cert);
  const isNamed = (name: string) => (isIP(name) === 0 ? read.checkHost(name) : read.checkIP(name));
  const isTime =
    new Date(read.validFrom) <= now && new Date(read.validTo).getTime() > now.getTime() + 7 * dayMs;
  return isTime && names.every(isNamed);
}

function readStored(folder: string, names: readonly string[], now: Date): Certificate | null {
  try {
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(folder, name), 'utf8'));
    return key && cert && isGoodFor(cert, names, now) ? { key, cert } : null;
  } catch {
    // There is none yet, or it is no certificate: another one takes its place.
    return null;
  }
}

/**
 * A certificate that this machine signs for itself, for the names by which its network knows it. Kept in `folder`: a
 * browser asks its person about every new one. Made anew when it is about to end, or when the machine has a new address.
 * Rejects with a `StartError` when the folder cannot be written to.
 */
export async function ownCertificate(
  folder: string,
  addresses: readonly string[],
  now = new Date(),
): Promise<Certificate> {
  const names = ['localhost', ...addresses.filter((name) => !isLoopback(name) && !name.startsWith('fe80:'))];
  const stored = readStored(folder, names, now);
  if (stored !== null) return stored;
  const made = await make(names, now);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'key.pem'), made.key, { mode: 0o600 });
    writeFileSync(join(folder, 'cert.pem'), made.cert);
  } catch (cause) {
    // One that is not kept would do for this time, but browsers would warn of another one at every start.
    throw new StartError(`The certificate for --https cannot be kept: ${folder} cannot be written to.`, {
      cause,
    });
  }
  return made;
}

/** What a careful person compares with what the browser shows: SHA-256, as pairs of digits. */
export const fingerprintOf = ({ cert }: Certificate): string => new X509Certificate(cert).fingerprint256;
