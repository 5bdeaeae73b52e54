import * as v from 'valibot';
import { makeRouteToken, TOKEN_BYTES } from '../../p2p/link/route.ts';
import { decodeText, encodeText } from '../../p2p/session/bytes.ts';
import { KEY_BYTES, makeDeviceKey, readDeviceKey, type DeviceKey } from '../../p2p/session/device-key.ts';
import { defaultPolicy } from '../../p2p/session/limits.ts';
import type { DeviceRecord, TrustStore } from '../../p2p/session/trust-store.ts';
import type { DeviceId } from '../../shared/ids.ts';
import type { DeviceKind } from '../store/repository.ts';
import type { HostRecord } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { makeInTurn } from '../in-turn.ts';
import { guessDeviceName } from './guess-device-name.ts';

const bytes = (length: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((value) => value.length === length, `Not ${length} bytes.`),
  );

const number = (otherwise: number) => v.fallback(v.pipe(v.number(), v.finite()), otherwise);

/** As this version or an older one wrote it. Without key and secrets it is no device; all else has a default. */
const deviceRecord = v.object({
  id: v.custom<DeviceId>((value) => typeof value === 'string' && value !== ''),
  publicKey: bytes(KEY_BYTES),
  name: v.fallback(v.string(), ''),
  platform: v.fallback(v.string(), ''),
  firstSeen: number(0),
  lastSeen: number(0),
  psks: v.pipe(v.array(bytes(KEY_BYTES)), v.minLength(1)),
  policy: v.fallback(
    v.object({
      isPaused: v.boolean(),
      running: number(defaultPolicy.running),
      waiting: number(defaultPolicy.waiting),
      promptChars: number(defaultPolicy.promptChars),
      maxTokens: number(defaultPolicy.maxTokens),
      tokensPerHour: number(defaultPolicy.tokensPerHour),
    }),
    defaultPolicy,
  ),
  route: v.fallback(v.string(), ''),
  comparison: v.fallback(v.string(), ''),
});

/** A trust store whose records also say where a host is found. */
export interface HostStore extends TrustStore {
  list(): Promise<HostRecord[]>;
  get(id: DeviceId): Promise<HostRecord | null>;
  /** Changes what is not secret; nothing happens when there is no such record. */
  describe(id: DeviceId, what: Pick<HostRecord, 'name' | 'route' | 'lastSeen'>): Promise<void>;
}

/** `keepKey`: a record is worth nothing without the key that the other device knows this one by. */
function openRecords(store: Store, kind: DeviceKind, keepKey: () => Promise<void>): HostStore {
  /** One change after the other: a name written over a newer secret would shut two devices out from each other. */
  const inTurn = makeInTurn();
  const list = async (): Promise<HostRecord[]> =>
    (await store.listDevices(kind)).flatMap((value) => {
      const parsed = v.safeParse(deviceRecord, value);
      return parsed.success ? [parsed.output] : [];
    });
  const get = async (id: DeviceId): Promise<HostRecord | null> =>
    (await list()).find((record) => record.id === id) ?? null;
  return {
    list,
    get,
    put: (record: DeviceRecord) =>
      inTurn(async () => {
        await keepKey();
        // The session knows nothing of routes and must not lose them.
        await store.putDevice(kind, { route: (await get(record.id))?.route ?? '', ...record });
      }),
    remove: (id) => inTurn(() => store.removeDevice(kind, id)),
    describe: (id, what) =>
      inTurn(async () => {
        const record = await get(id);
        if (record !== null) await store.putDevice(kind, { ...record, ...what });
      }),
  };
}

/** What this device is to others, and whom it knows. */
export interface DeviceStore {
  readonly key: DeviceKey;
  /** Owns the route by which this device is found as a host. */
  readonly routeToken: string;
  readonly guests: TrustStore;
  readonly hosts: HostStore;
  readonly name: string;
  readonly isRelayOnly: boolean;
  readonly isSharingPaused: boolean;
  readonly signallingUrl: string | null;
  setName(name: string): Promise<void>;
  setRelayOnly(isRelayOnly: boolean): Promise<void>;
  setSharingPaused(isPaused: boolean): Promise<void>;
  setSignallingUrl(url: string | null): Promise<void>;
}

const keySetting = 'device-key';
const tokenSetting = 'route-token';

/**
 * Reads it, and makes key and route at the first start. A disk that is full then keeps nobody from chatting: they are
 * stored before the first device is.
 */
export async function openDeviceStore(store: Store, userAgent: string): Promise<DeviceStore> {
  const secret = decodeText((await store.getSetting(keySetting)) ?? '', 'base64url', KEY_BYTES);
  const key = secret === null ? makeDeviceKey() : readDeviceKey(secret);
  const storedToken = await store.getSetting(tokenSetting);
  const isToken = storedToken !== null && decodeText(storedToken, 'base64url', TOKEN_BYTES) !== null;
  const routeToken = isToken ? storedToken : makeRouteToken();

  let isKept = secret !== null && isToken;
  const keepKey = async (): Promise<void> => {
    if (isKept) return;
    await store.putSetting(keySetting, encodeText(key.secretKey, 'base64url'));
    await store.putSetting(tokenSetting, routeToken);
    isKept = true;
  };
  await keepKey().catch(() => {});

  let name = (await store.getSetting('device-name')) ?? guessDeviceName(userAgent);
  let isRelayOnly = (await store.getSetting('relay-only')) === 'yes';
  let isSharingPaused = (await store.getSetting('sharing-paused')) === 'yes';
  let signallingUrl = (await store.getSetting('signalling-url')) || null;
  return {
    key,
    routeToken,
    guests: openRecords(store, 'guests', keepKey),
    hosts: openRecords(store, 'hosts', keepKey),
    get name() {
      return name;
    },
    get isRelayOnly() {
      return isRelayOnly;
    },
    get isSharingPaused() {
      return isSharingPaused;
    },
    get signallingUrl() {
      return signallingUrl;
    },
    async setName(next) {
      await store.putSetting('device-name', next);
      name = next;
    },
    async setRelayOnly(next) {
      await store.putSetting('relay-only', next ? 'yes' : 'no');
      isRelayOnly = next;
    },
    async setSharingPaused(next) {
      await store.putSetting('sharing-paused', next ? 'yes' : 'no');
      isSharingPaused = next;
    },
    async setSignallingUrl(next) {
      await store.putSetting('signalling-url', next ?? '');
      signallingUrl = next;
    },
  };
}
