import { ownAddresses } from '../../../src/server/addresses.ts';

/** Containers often have none; the server then does with 127.0.0.1 alone. */
export const hasIPv6Loopback = (): boolean => ownAddresses().includes('::1');
