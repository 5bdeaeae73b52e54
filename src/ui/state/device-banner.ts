import type { DevicesState } from '../../shared/devices-state.ts';

/** Where this very computer should open Hearth instead, so that the browser lets it use its GPU; null when it is right here. */
export function betterAddress(devices: DevicesState | null, isSecure: boolean): string | null {
  if (isSecure || devices?.server.type !== 'hearth' || !devices.server.isThisMachine) return null;
  return devices.server.localUrl;
}

/** Devices that ask something of this device's person, or use its GPU now. */
export function badgeCount(devices: DevicesState | null): number {
  if (devices === null) return 0;
  const { approvals, guests } = devices.sharing;
  return approvals.length + guests.filter(({ running }) => running > 0).length;
}
