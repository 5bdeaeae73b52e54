import type { GuestView } from '../../shared/devices-state.ts';
import { formatPlural } from './format-figures.ts';

const minute = 60_000;

/** When a device was last here, roughly. */
export function sinceWords(lastSeen: number, now: number): string {
  const minutes = Math.floor((now - lastSeen) / minute);
  if (minutes < 1) return 'here a moment ago';
  if (minutes < 60) return `here ${formatPlural(minutes, 'minute')} ago`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `here ${formatPlural(hours, 'hour')} ago`;
  return `here ${formatPlural(Math.floor(hours / 24), 'day')} ago`;
}

/** What a device that uses this GPU is doing, in a line. */
export function guestWords(guest: GuestView, now: number): string {
  if (!guest.isApproved) return 'Waits for you to decide';
  if (guest.running > 0) return 'Uses the GPU now';
  if (guest.waiting > 0) return 'Waits for the GPU';
  const parts = [guest.paths.length > 0 ? 'Connected' : `Away, ${sinceWords(guest.lastSeen, now)}`];
  if (guest.policy.isPaused) parts.push('paused');
  if (guest.tokensLastHour > 0) parts.push(`${formatPlural(guest.tokensLastHour, 'token')} in the last hour`);
  return parts.join(' · ');
}
