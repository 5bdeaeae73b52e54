import { sha256 } from '@noble/hashes/sha2.js';
import type { Fingerprints } from '../../../src/p2p/link/link.ts';
import type { MemoryLinkOptions, MemoryWire } from '../../../src/p2p/link/memory-link.ts';
import { makeMemoryLink } from '../../../src/p2p/link/memory-link.ts';
import { utf8 } from '../../../src/p2p/session/bytes.ts';
import type { DeviceId } from '../../../src/shared/ids.ts';
import { makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import type { Guest, GuestOptions, GuestState, HostReference } from '../../../src/p2p/session/guest.ts';
import { makeGuest } from '../../../src/p2p/session/guest.ts';
import type { GuestEvent } from '../../../src/p2p/session/guest-request.ts';
import type { HandshakeFault } from '../../../src/p2p/session/handshake.ts';
import type { Host, HostOptions } from '../../../src/p2p/session/host.ts';
import { makeHost } from '../../../src/p2p/session/host.ts';
import type { ApprovalRequest } from '../../../src/p2p/session/host-device.ts';
import type { EngineEvent } from '../../../src/p2p/session/host-engine.ts';
import type { RequestBody } from '../../../src/p2p/session/messages.ts';
import type { DeviceRecord, TrustStore } from '../../../src/p2p/session/trust-store.ts';
import type { FakeClock } from '../../support/fake-clock.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { seededRandom } from '../../support/seeded.ts';

/** Everything that is due without time passing has happened: links and stores of these tests wait for nothing else. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

export interface MemoryStore extends TrustStore {
  readonly records: Map<DeviceId, DeviceRecord>;
}

function makeMemoryStore(): MemoryStore {
  const records = new Map<DeviceId, DeviceRecord>();
  return {
    records,
    list: async () => [...records.values()].map((record) => structuredClone(record)),
    get: async (id) => structuredClone(records.get(id) ?? null),
    put: async (record) => {
      records.set(record.id, structuredClone(record));
    },
    remove: async (id) => {
      records.delete(id);
    },
  };
}

/** One generation, led by the test. */
export interface ScriptedRun {
  readonly body: RequestBody;
  readonly signal: AbortSignal;
  emit(...events: EngineEvent[]): Promise<void>;
  fail(error: unknown): Promise<void>;
}

export interface ScriptedEngine {
  readonly runs: ScriptedRun[];
  generate: HostOptions['generate'];
}

export function makeScriptedEngine(): ScriptedEngine {
  const runs: ScriptedRun[] = [];
  return {
    runs,
    async *generate(body, signal) {
      const queue: ({ event: EngineEvent } | { error: unknown })[] = [];
      let wake = () => {};
      const push = async (...items: typeof queue) => {
        queue.push(...items);
        wake();
        await settle();
      };
      runs.push({
        body,
        signal,
        emit: (...events) => push(...events.map((event) => ({ event }))),
        fail: (error) => push({ error }),
      });
      signal.addEventListener('abort', () => wake());
      while (!signal.aborted) {
        const next = queue.shift();
        if (next === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        if ('error' in next) throw next.error;
        yield next.event;
        if (next.event.type === 'done') return;
      }
    },
  };
}

export const started: EngineEvent = { type: 'start', firstTurn: 0, promptTokens: 3, readTokens: 3 };
export const text = (words: string): EngineEvent => ({ type: 'text', text: words, tokens: 1 });
export const done: EngineEvent = {
  type: 'done',
  finishReason: 'stop',
  usage: { promptTokens: 3, completionTokens: 2 },
};

export const bodyOf = (prompt: string, maxTokens = 100): RequestBody => ({
  model: null,
  turns: [{ role: 'user', text: prompt }],
  prefix: '',
  sampling: { temperature: 0, topP: 1, maxTokens, seed: 1 },
});

export const fingerprint = (name: string): Uint8Array => sha256(utf8(name));

export function dtls(local: string, remote: string): Fingerprints {
  return { label: 'dtls', local: fingerprint(local), remote: fingerprint(remote) };
}

/** Both ends of an honest data channel. */
export const honestDtls = { a: dtls('guest cert', 'host cert'), b: dtls('host cert', 'guest cert') };

export interface HostBench {
  host: Host;
  clock: FakeClock;
  store: MemoryStore;
  engine: ScriptedEngine;
  faults: HandshakeFault[];
  asked: ApprovalRequest[];
  /** What the host's person answers from now on; null: nothing yet. */
  answer: 'once' | 'always' | 'deny' | null;
  options: HostOptions;
}

export function makeHostBench(more: Partial<HostOptions> = {}): HostBench {
  const clock = makeFakeClock(1_800_000_000_000);
  const store = makeMemoryStore();
  const engine = makeScriptedEngine();
  const bench: Omit<HostBench, 'host' | 'options'> = {
    clock,
    store,
    engine,
    faults: [],
    asked: [],
    answer: 'always',
  };
  const options: HostOptions = {
    key: makeDeviceKey(seededRandom('host key')),
    store,
    clock,
    generate: engine.generate,
    async approve(request, signal) {
      bench.asked.push(request);
      if (bench.answer !== null) return bench.answer;
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('Gone', 'AbortError')));
      });
    },
    describe: () => ({
      name: 'Laptop',
      model: {
        id: 'pocket',
        label: 'Pocket',
        quantization: 'q4f32_1',
        sampling: { temperature: 0, topP: 1, maxTokens: 1000, seed: null },
      },
      obstacle: null,
      route: 'abcdefghijklmnopqrstuvwxyz',
    }),
    onFault: (fault) => bench.faults.push(fault),
    ...more,
  };
  return Object.assign(bench, { host: makeHost(options), options });
}

export interface GuestBench {
  guest: Guest;
  store: MemoryStore;
  states: GuestState[];
  options: GuestOptions;
}

export function makeGuestBench(
  bench: Pick<HostBench, 'clock'>,
  host: HostReference,
  more: Partial<GuestOptions> & { name?: string; store?: MemoryStore } = {},
): GuestBench {
  const { name = 'Phone', store = makeMemoryStore(), ...rest } = more;
  const states: GuestState[] = [];
  const options: GuestOptions = {
    key: makeDeviceKey(seededRandom(`key of ${name}`)),
    host,
    store,
    clock: bench.clock,
    introduction: { name, platform: 'Android' },
    onState: (state) => states.push(state),
    ...rest,
  };
  return { guest: makeGuest(options), store, states, options };
}

/** A new link between the two, with the handshake done, well or not. */
export async function connect(
  host: Host,
  guest: Guest,
  options: MemoryLinkOptions = {},
): Promise<MemoryWire> {
  const wire = makeMemoryLink(options);
  void host.accept(wire.b);
  void guest.attach(wire.a);
  await settle();
  return wire;
}

/** A host and a guest that was paired by QR code, approved, and is connected. */
export async function makePaired(
  more: { host?: Partial<HostOptions>; name?: string; wire?: MemoryLinkOptions } = {},
): Promise<{ bench: HostBench; phone: GuestBench; wire: MemoryWire }> {
  const bench = makeHostBench(more.host);
  const { phone, wire } = await pairWith(bench, more);
  return { bench, phone, wire };
}

export async function pairWith(
  bench: HostBench,
  more: { name?: string; wire?: MemoryLinkOptions } = {},
): Promise<{ phone: GuestBench; wire: MemoryWire }> {
  const { offer } = bench.host.openPairing('route-1234');
  const phone = makeGuestBench(bench, { type: 'offer', offer }, more.name ? { name: more.name } : {});
  const wire = await connect(bench.host, phone.guest, more.wire);
  return { phone, wire };
}

/** What a request yields, as it comes. */
export interface Reading {
  readonly events: GuestEvent[];
  readonly text: string;
  readonly last: GuestEvent | undefined;
  error: unknown;
  isOver: boolean;
  stop: AbortController;
}

export function read(
  guest: Guest,
  body: RequestBody,
  more: Parameters<Guest['request']>[1] | null = null,
): Reading {
  const stop = new AbortController();
  const reading: Reading = {
    events: [],
    get text() {
      return this.events.map((event) => (event.type === 'text' ? event.text : '')).join('');
    },
    get last() {
      return this.events.at(-1);
    },
    error: null,
    isOver: false,
    stop,
  };
  const run = async () => {
    try {
      for await (const event of guest.request(body, { signal: stop.signal, ...more }))
        reading.events.push(event);
    } catch (error) {
      reading.error = error;
    }
    reading.isOver = true;
  };
  void run();
  return reading;
}
