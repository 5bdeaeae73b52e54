import type { Channel } from '../../src/worker/succession.ts';

interface Member extends Channel {
  owner: object;
  name: string;
}

/** BroadcastChannels of one origin: a message reaches every other context, not its sender. */
export class FakeChannels {
  readonly #members = new Set<Member>();

  open(owner: object, name: string): Channel {
    const member: Member = {
      owner,
      name,
      onmessage: null,
      postMessage: (data) => {
        for (const other of this.#members) {
          if (other === member || other.name !== name) continue;
          void Promise.resolve().then(() => other.onmessage?.({ data } as MessageEvent));
        }
      },
    };
    this.#members.add(member);
    return member;
  }

  close(owner: object): void {
    for (const member of this.#members) if (member.owner === owner) this.#members.delete(member);
  }
}
