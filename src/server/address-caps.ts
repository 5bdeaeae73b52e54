import type { WebSocket } from 'ws';

export interface Caps {
  /** Sockets at once of one address. */
  sockets: number;
  /** New ones in a minute of one address. */
  perMinute: number;
  /** Of all addresses together. */
  total: number;
}

export interface AddressCaps {
  /** Null when the address has enough; otherwise the socket counts until it closes. */
  take(address: string, socket: WebSocket): Counted | null;
}

export interface Counted {
  /** The socket is somebody else's doing: it counts among all, and no longer against its address. */
  excuse(): void;
}

const minute = 60_000;

/** So that one device of the network cannot use up what is there for all. */
export function makeAddressCaps(caps: Caps, now: () => number = Date.now): AddressCaps {
  const counts = new Map<string, { open: number; begun: number; since: number }>();
  let total = 0;

  return {
    take(address, socket) {
      const time = now();
      const count = counts.get(address) ?? { open: 0, begun: 0, since: time };
      if (time - count.since >= minute) Object.assign(count, { begun: 0, since: time });
      if (count.open >= caps.sockets || count.begun >= caps.perMinute || total >= caps.total) return null;
      count.open += 1;
      count.begun += 1;
      total += 1;
      const minuteBegun = count.since;
      counts.set(address, count);
      let isExcused = false;
      socket.once('close', () => {
        if (!isExcused) count.open -= 1;
        isExcused = true;
        total -= 1;
        for (const [other, { open, since }] of counts) {
          if (open === 0 && now() - since >= minute) counts.delete(other);
        }
      });
      return {
        excuse() {
          if (isExcused) return;
          isExcused = true;
          count.open -= 1;
          // Counted in a minute that is over, it is in no sum any more.
          if (count.since === minuteBegun) count.begun -= 1;
        },
      };
    },
  };
}
