import type { Link } from '../link/link.ts';
import type { Channel, Heard } from './channel.ts';
import { openChannel } from './channel.ts';
import { cleanName, isSameName } from './clean-name.ts';
import type { Clock } from './clock.ts';
import type { BookEntry, DeviceBook } from './device-book.ts';
import { withKeptPsk } from './device-book.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { Established } from './handshake.ts';
import type { GenerateFor } from './host-engine.ts';
import type { HourlyBudget } from './hourly-budget.ts';
import type { HostSession } from './host-session.ts';
import { makeHostSession } from './host-session.ts';
import {
  MAX_CHANNELS,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_BYTES_BEFORE_APPROVAL,
  MESSAGE_BURST,
  MESSAGES_PER_SECOND,
} from './limits.ts';
import type { LinkHand } from './link-hand.ts';
import type { ByeReason, FromHost } from './messages.ts';
import type { DeviceRecord } from './trust-store.ts';
import { makeRateLimit } from './rate-limit.ts';

/** A device that is or was here in this life of the host. The others are in the store. */
export interface DeviceView {
  id: DeviceId;
  record: DeviceRecord;
  isApproved: boolean;
  /** How it is connected now, best first; none while it sleeps. */
  paths: ('dtls' | 'relay')[];
  running: number;
  waiting: number;
  tokensLastHour: number;
}

/** What the host's person is asked. */
export interface ApprovalRequest {
  id: DeviceId;
  /** As the device calls itself, cleaned. */
  name: string;
  platform: string;
  /** Six digits that the device shows too. */
  comparison: string;
  /** Another device already has this name: it may be a copy. */
  isNameTaken: boolean;
}

export type Approve = (request: ApprovalRequest, signal: AbortSignal) => Promise<'once' | 'always' | 'deny'>;

/** One device, from its first handshake on: its links, its person's decision, its requests. */
export interface HostDevice {
  readonly entry: BookEntry;
  readonly isApproved: boolean;
  readonly running: number;
  readonly waiting: number;
  readonly view: DeviceView;
  setEntry(entry: BookEntry): void;
  /** The host was paused or held, or goes on. */
  followPause(): void;
  /** Takes the link from the hand that led its handshake. */
  attach(link: Link, hand: LinkHand, established: Established): void;
  tell(message: FromHost): void;
  cancelAll(): void;
  end(reason: ByeReason): void;
}

export interface HostDeviceOptions {
  clock: Clock;
  book: DeviceBook;
  /** Outlives this object: who comes anew has spent what it spent. */
  budget: HourlyBudget;
  /** Of all devices but this one. */
  otherNames(): Promise<string[]>;
  generate: GenerateFor;
  approve: Approve;
  isHostPaused(): boolean;
  isHeld(): boolean;
  hasRoom(): boolean;
  status(): FromHost;
  onChange(): void;
  onDenied(): void;
  /** The person said always, but the store does not take it: it is once. */
  onUnsaved(): void;
}

export function makeHostDevice(first: BookEntry, options: HostDeviceOptions): HostDevice {
  const { clock, book } = options;
  const { id } = first.record;
  const channels = new Set<Channel<FromHost>>();
  const ended = new AbortController();
  let entry = first;
  let isAsking = false;

  const isApproved = () => entry.trust !== 'waiting' && !ended.signal.aborted;

  const session: HostSession = makeHostSession({
    clock,
    budget: options.budget,
    generate: (body, signal) => options.generate(body, signal, { id, name: entry.record.name }),
    policy: () => ({
      ...entry.record.policy,
      isPaused: entry.record.policy.isPaused || options.isHostPaused(),
    }),
    isApproved,
    isHeld: options.isHeld,
    hasRoom: options.hasRoom,
    onChange: options.onChange,
  });

  const edit = async (change: (old: BookEntry) => BookEntry) => {
    const edited = await book.change(id, change);
    if (edited !== null) entry = edited;
  };

  const askPerson = async (name: string, platform: string, comparison: string) => {
    const others = await options.otherNames();
    const isNameTaken = others.some((other) => isSameName(other, name));
    const request: ApprovalRequest = { id, name, platform, comparison, isNameTaken };
    const decision = await options.approve(request, ended.signal).catch(() => 'deny' as const);
    if (ended.signal.aborted) return;
    if (decision === 'deny') {
      options.onDenied();
      return;
    }
    const trustAs = (trust: BookEntry['trust']) =>
      edit(({ record }) => ({ trust, record: { ...record, name, platform } }));
    try {
      await trustAs(decision);
    } catch {
      await trustAs('once');
      options.onUnsaved();
    }
    options.onChange();
  };

  const introduce = (message: Extract<Heard<'host'>, { type: 'introduce' }>, comparison: string) => {
    if (entry.trust === 'waiting' && !isAsking) {
      isAsking = true;
      const name = cleanName(message.name, 'A device without a name');
      // A store that fails leaves the device waiting, which allows nothing.
      askPerson(name, cleanName(message.platform, ''), comparison).then(
        () => (isAsking = false),
        () => (isAsking = false),
      );
    }
  };

  const receive = (channel: Channel<FromHost>, message: Heard<'host'>, established: Established) => {
    switch (message.type) {
      case 'introduce':
        introduce(message, entry.record.comparison ?? established.comparison);
        channel.send(options.status());
        break;
      case 'kept':
        void edit(({ record, trust }) => ({ trust, record: withKeptPsk(record, established.nextPsk) })).catch(
          () => channel.close('stopped'),
        );
        break;
      default:
        session.receive(channel, message);
    }
  };

  return {
    get entry() {
      return entry;
    },
    get isApproved() {
      return isApproved();
    },
    get running() {
      return session.running;
    },
    get waiting() {
      return session.waiting;
    },
    get view() {
      return {
        id,
        record: entry.record,
        isApproved: isApproved(),
        paths: [...channels].map((channel) => channel.path).sort(),
        running: session.running,
        waiting: session.waiting,
        tokensLastHour: session.tokensLastHour,
      };
    },
    setEntry(next) {
      entry = next;
      session.followPolicy();
    },
    followPause: () => session.followPolicy(),
    attach(link, hand, established) {
      const early = hand.release();
      if (early === null) return;
      const channel = openChannel({
        role: 'host',
        link,
        keys: established,
        clock,
        early,
        maxMessageBytes: () => (isApproved() ? MAX_MESSAGE_BYTES : MAX_MESSAGE_BYTES_BEFORE_APPROVAL),
        mayReceive: makeRateLimit(clock, MESSAGE_BURST, MESSAGES_PER_SECOND),
        onMessage: (message) => receive(channel, message, established),
        onRoom: () => session.pump(),
        onSuspended: () => {},
        onClosed() {
          channels.delete(channel);
          session.lose(channel);
          // When it was last here is not worth an error.
          if (!ended.signal.aborted)
            edit(({ record, trust }) => ({ trust, record: { ...record, lastSeen: clock.now() } })).catch(
              () => {},
            );
          options.onChange();
        },
      });
      channels.add(channel);
      const [oldest] = channels;
      if (channels.size > MAX_CHANNELS) oldest?.close('replaced');
      channel.begin();
      options.onChange();
    },
    tell(message) {
      for (const channel of channels) channel.send(message);
    },
    cancelAll: () => session.cancelAll(),
    end(reason) {
      ended.abort();
      session.end();
      for (const channel of channels) channel.close(reason);
    },
  };
}
