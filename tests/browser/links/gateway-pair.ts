import { expect, vi } from 'vitest';
import { openDataChannels, type DataChannels } from '../../../src/p2p/link/peerjs-link.ts';
import { makePortLink } from '../../../src/p2p/link/port-link.ts';
import type { Link } from '../../../src/p2p/link/link.ts';
import { makeRouteToken, routeOf } from '../../../src/p2p/link/route.ts';
import type { FromGateway } from '../../../src/shared/gateway.ts';

export const patience = { timeout: 15_000 };

export interface TestGateway {
  route: string;
  channels: DataChannels;
  /** What it told the core, but for the links themselves. */
  told: FromGateway[];
  links: Link[];
  /** Whether an offer is let in; null: the core does not answer. */
  mayEnter: boolean | null;
}

/** A gateway tab at the real signalling server, and as much of a core as it talks to. */
export async function openGateway(isListening: boolean): Promise<TestGateway> {
  const token = makeRouteToken();
  const gateway: Omit<TestGateway, 'channels'> = {
    route: routeOf(token),
    told: [],
    links: [],
    mayEnter: true,
  };
  const channels = openDataChannels((message) => {
    gateway.told.push(message);
    if (message.type === 'admit' && gateway.mayEnter !== null)
      channels.admitted({ type: 'admitted', call: message.call, isAdmitted: gateway.mayEnter });
    if (message.type !== 'link') return;
    const { port, local, remote } = message;
    gateway.links.push(makePortLink(port, { label: 'dtls', local, remote }));
  });
  const url = `${location.origin}/signal/`;
  channels.start({ type: 'start', signalling: { type: 'other', url }, token, isListening });
  await vi.waitFor(
    () => expect(gateway.told.at(-1)).toEqual({ type: 'signalling', state: 'open' }),
    patience,
  );
  return Object.assign(gateway, { channels });
}

let calls = 0;

/** Dials and waits for both ends of the link. */
export async function dial(guest: TestGateway, host: TestGateway): Promise<{ a: Link; b: Link }> {
  const [before, behind] = [guest.links.length, host.links.length];
  calls += 1;
  guest.channels.dial({ type: 'dial', call: calls, route: host.route, ticket: { v: 1 } });
  await vi.waitFor(
    () => expect([guest.links.length - before, host.links.length - behind]).toEqual([1, 1]),
    patience,
  );
  const [a, b] = [guest.links[before], host.links[behind]];
  if (a === undefined || b === undefined) throw new Error('There is no link.');
  return { a, b };
}
