import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { assertNever } from '../../shared/errors.ts';
import { utf8 } from './bytes.ts';
import type { Channel, Heard } from './channel.ts';
import type { Clock } from './clock.ts';
import type { HourlyBudget } from './hourly-budget.ts';
import type { Generate } from './host-engine.ts';
import type { HostRequest } from './host-request.ts';
import { makeHostRequest } from './host-request.ts';
import type { DevicePolicy } from '../../shared/devices-state.ts';
import { MAX_KEPT_BYTES, MAX_KEPT_REQUESTS } from './limits.ts';
import type { BusyReason, Denial, FromHost, RequestBody, RequestId } from './messages.ts';

type HostChannel = Channel<FromHost>;
type RequestMessage = Extract<Heard<'host'>, { type: 'request' }>;
type ResumeMessage = Extract<Heard<'host'>, { type: 'resume' }>;

/** The requests of one device, whichever links carry them. Knows nothing of other devices: their ids mean nothing here. */
export interface HostSession {
  receive(channel: HostChannel, message: RequestSide): void;
  /** The link is gone; what it carried goes on and waits. */
  lose(channel: HostChannel): void;
  /** A link takes more again. */
  pump(): void;
  /** The policy may be another now: what waits may begin, or what was about to begin must wait. */
  followPolicy(): void;
  readonly running: number;
  readonly waiting: number;
  readonly tokensLastHour: number;
  /** The host's person said stop: what runs and waits is cancelled, and says so. */
  cancelAll(): void;
  /** Everything ends at once and is forgotten. */
  end(): void;
}

export type RequestSide = Extract<
  Heard<'host'>,
  { type: 'request' } | { type: 'resume' } | { type: 'ack' } | { type: 'cancel' }
>;

export interface HostSessionOptions {
  clock: Clock;
  generate: Generate;
  budget: HourlyBudget;
  /** As the host's person has it now. */
  policy(): DevicePolicy;
  isApproved(): boolean;
  /** Nothing begins in this life of the host any more. */
  isHeld(): boolean;
  /** Whether the host, over all devices, takes one more. */
  hasRoom(): boolean;
  onChange(): void;
}

const promptChars = (body: RequestBody): number =>
  body.turns.reduce((sum, turn) => sum + turn.text.length, body.prefix.length);

const digestOf = (body: RequestBody): string => bytesToHex(sha256(utf8(JSON.stringify(body))));

export function makeHostSession(options: HostSessionOptions): HostSession {
  const { clock, generate, budget } = options;
  const requests = new Map<RequestId, HostRequest>();
  let isEnded = false;

  const inStage = (stage: HostRequest['stage']) =>
    [...requests.values()].filter((request) => request.stage === stage);

  const mayBegin = () => !options.policy().isPaused && !options.isHeld();

  /** Starts what may run, and tells the others their place among this device's own. */
  const schedule = () => {
    if (isEnded) return;
    const { running, maxTokens, tokensPerHour } = options.policy();
    for (const request of mayBegin() ? inStage('waiting') : []) {
      if (inStage('running').length >= running) break;
      // Those before it may have used up the hour while it waited.
      const left = tokensPerHour - budget.used;
      // `run` never rejects: what fails becomes the request's last entry.
      if (left > 0) void request.run(Math.min(maxTokens, left));
      else {
        requests.delete(request.id);
        request.refuse('hourly-limit', budget.secondsToMore);
      }
    }
    inStage('waiting').forEach((request, index) => request.setPlace(index + 1));
    options.onChange();
  };

  /** An honest guest takes up all that it still wants before it asks for more: of the rest nobody will read a word. */
  const dropForsaken = () => {
    // What waits first: it must not begin in the place of what runs.
    for (const request of [...inStage('waiting'), ...inStage('running')]) {
      if (request.isBound) continue;
      requests.delete(request.id);
      request.discard();
    }
  };

  const makeRoom = () => {
    const bytes = () => [...requests.values()].reduce((sum, request) => sum + request.logBytes, 0);
    for (const request of inStage('ended')) {
      if (requests.size < MAX_KEPT_REQUESTS && bytes() <= MAX_KEPT_BYTES) return;
      request.discard();
      requests.delete(request.id);
    }
  };

  const deny = (channel: HostChannel, id: RequestId, reason: Denial, retryAfter: number | null = null) =>
    channel.send({ type: 'deny', id, reason, retryAfter });
  const busy = (channel: HostChannel, id: RequestId, reason: BusyReason) =>
    channel.send({ type: 'busy', id, reason });

  const begin = (channel: HostChannel, { id, body }: RequestMessage) => {
    dropForsaken();
    const policy = options.policy();
    const open = inStage('running').length + inStage('waiting').length;
    if (!options.isApproved()) deny(channel, id, 'not-approved');
    else if (policy.isPaused) busy(channel, id, 'paused');
    else if (promptChars(body) > policy.promptChars) deny(channel, id, 'prompt-too-long');
    else if (open >= policy.running + policy.waiting) busy(channel, id, 'device-full');
    else if (!options.hasRoom()) busy(channel, id, 'host-full');
    else if (budget.used >= policy.tokensPerHour) deny(channel, id, 'hourly-limit', budget.secondsToMore);
    else {
      makeRoom();
      const request = makeHostRequest(body, {
        id,
        digest: digestOf(body),
        maxTokens: Math.min(body.sampling.maxTokens, policy.maxTokens, policy.tokensPerHour - budget.used),
        clock,
        generate,
        spend(tokens) {
          budget.spend(tokens);
          return budget.used <= options.policy().tokensPerHour;
        },
        onStage: (stage) => {
          if (stage === 'ended') schedule();
        },
        onExpired: () => requests.delete(id),
      });
      requests.set(id, request);
      request.setPlace(inStage('running').length < policy.running ? 0 : inStage('waiting').length);
      request.bind(channel, 0, 0);
      schedule();
    }
  };

  const onRequest = (channel: HostChannel, message: RequestMessage) => {
    const known = requests.get(message.id);
    if (known === undefined) begin(channel, message);
    // The same request again: it runs once, and its entries are sent from the beginning.
    else if (known.digest !== digestOf(message.body)) deny(channel, message.id, 'bad-request');
    else if (!known.bind(channel, 0, 0)) deny(channel, message.id, 'unknown-request');
  };

  const onResume = (channel: HostChannel, { id, lastNumber, acked }: ResumeMessage) => {
    const isBound = requests.get(id)?.bind(channel, lastNumber, acked) ?? false;
    if (!isBound) deny(channel, id, 'unknown-request');
  };

  return {
    receive(channel, message) {
      if (isEnded) return;
      switch (message.type) {
        case 'request':
          onRequest(channel, message);
          break;
        case 'resume':
          onResume(channel, message);
          break;
        case 'ack':
          requests.get(message.id)?.ack(message.number);
          break;
        case 'cancel': {
          const request = requests.get(message.id);
          if (request === undefined) deny(channel, message.id, 'unknown-request');
          else request.abandon(channel);
          break;
        }
        default:
          assertNever(message);
      }
    },
    lose(channel) {
      for (const request of requests.values()) request.unbind(channel);
    },
    pump() {
      for (const request of requests.values()) request.pump();
    },
    followPolicy() {
      for (const request of mayBegin() ? [] : inStage('running')) request.recall();
      schedule();
    },
    get running() {
      return inStage('running').length;
    },
    get waiting() {
      return inStage('waiting').length;
    },
    get tokensLastHour() {
      return budget.used;
    },
    cancelAll() {
      for (const request of [...inStage('waiting'), ...inStage('running')]) request.cancel();
    },
    end() {
      isEnded = true;
      for (const request of requests.values()) request.discard();
      requests.clear();
    },
  };
}
