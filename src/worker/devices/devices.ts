import { callRelay, serveAtRelay } from '../../p2p/link/relay-link.ts';
import { routeOf } from '../../p2p/link/route.ts';
import type { FramePort } from '../../p2p/link/port-link.ts';
import { cleanName } from '../../p2p/session/clean-name.ts';
import type { GenerateFor } from '../../p2p/session/host-engine.ts';
import type { HostModel } from '../../p2p/session/messages.ts';
import type { DevicesState, PairingRequest, ServerState } from '../../shared/devices-state.ts';
import type { EngineState, ModelChoice } from '../../shared/engine-state.ts';
import { AppError } from '../../shared/errors.ts';
import type { Signalling } from '../../shared/gateway.ts';
import type { TabId } from '../../shared/ids.ts';
import type { Clock } from '../clock.ts';
import type { Engine, Sampling } from '../engines/engine.ts';
import type { Store } from '../store/store.ts';
import { openDeviceStore, type DeviceStore } from './device-store.ts';
import { makeGateways } from './gateways.ts';
import { platformOf } from './guess-device-name.ts';
import type { Ways } from './host-connection.ts';
import { makeHosts, type Hosts } from './hosts.ts';
import { makePeerEngine, peerModelId } from './peer-engine.ts';
import { readServer } from './read-server.ts';
import { makeSharing, type Sharing } from './sharing.ts';
import { sharingObstacle, type SharingObstacle } from './sharing-obstacle.ts';

/** A server that was not there is asked again after so long. */
const serverRetryMs = 5_000;

/** What devices need of the platform. */
export interface DevicePlatform {
  /** The folder that the app is served from; the server's other addresses lie beside it. */
  appBase: URL;
  fetch: typeof fetch;
  openSocket(url: string): WebSocket;
  /** Tells what kind of device this is, for its name. */
  userAgent: string;
}

export interface DevicesOptions extends DevicePlatform {
  store: Store;
  clock: Clock;
  /** Answers other devices with this one's GPU. */
  generate: GenerateFor;
  /** How this device's own model answers unless told otherwise. */
  defaults(model: ModelChoice): Promise<Sampling>;
  onChange(state: DevicesState): void;
  /** A host that was just paired is ready. */
  onPaired(): void;
  /** The hosts, or how they are, changed. */
  onHosts(): void;
}

/** This device among the others of the house: the `devices` topic, the host side and the guest side. */
export interface Devices {
  readonly state: DevicesState;
  /** Both can be had once `open` has resolved. */
  readonly sharing: Sharing;
  readonly hosts: Hosts;
  /** Answers with the GPU of a host. */
  readonly engine: Engine;
  /** The model that stands for all hosts; null when there is none. */
  peerChoice(): ModelChoice | null;
  /** The store can be used from now on. */
  open(): Promise<void>;
  offerGateway(tabId: TabId, port: FramePort): void;
  dropTab(tabId: TabId): void;
  /** What the engine has ready concerns the devices that use it. */
  followEngine(state: EngineState): void;
  /** The model's settings changed: guests hear of its new ones. */
  followSettings(state: EngineState): void;
  /** Asks a host to let this device in, and then uses its GPU. */
  pair(offer: PairingRequest): void;
  setName(name: string): Promise<void>;
  setRelayOnly(isRelayOnly: boolean): Promise<void>;
  setSignallingUrl(url: string | null): Promise<void>;
  reconnect(): void;
  /** Another core takes over, and guests ask it for what waits here: nothing begins any more. Forced: what runs ends, without a word of failure. */
  retire(isForced: boolean): void;
  close(): void;
}

const nothingShared: DevicesState['sharing'] = {
  obstacle: null,
  isPaused: false,
  reach: 'off',
  pairing: null,
  approvals: [],
  guests: [],
  warning: null,
};

/** What can be had of the store. */
interface Opened {
  own: DeviceStore;
  sharing: Sharing;
  hosts: Hosts;
}

export function makeDevices(options: DevicesOptions): Devices {
  const { clock, appBase, openSocket } = options;
  const relay = { base: appBase, clock, openSocket };
  let server: ServerState = { type: 'unknown' };
  let own: DeviceStore | null = null;
  let opened: Opened | null = null;
  let hostModel: HostModel | null = null;
  let obstacle: SharingObstacle | null = null;
  let isListening = false;
  let lastQuestion = 0;
  let isClosed = false;
  let stopServerTimer = (): void => {};

  const needed = (): Opened => {
    if (opened === null) throw new AppError('storage-failed', 'Hearth has not opened its store yet.');
    return opened;
  };

  const readState = (): DevicesState => ({
    name: own?.name ?? '',
    server,
    sharing: opened?.sharing.state ?? nothingShared,
    hosts: opened?.hosts.views ?? [],
    isRelayOnly: own?.isRelayOnly ?? false,
    signallingUrl: own?.signallingUrl ?? null,
  });
  const tell = (): void => options.onChange(readState());

  const gateways = makeGateways({
    clock,
    admit: async (from, ticket) => (await opened?.sharing.admit(from, ticket)) ?? false,
    onLink(link) {
      if (opened === null) link.close();
      else opened.sharing.accept(link);
    },
  });
  gateways.onWake(() => {
    // Another network is another address, which a pairing must show.
    void findServer();
    opened?.sharing.retryNow();
    opened?.hosts.reconnect();
  });

  const engine = makePeerEngine({
    clock,
    ready: () => opened?.hosts.ready ?? [],
    isPaired: () => (opened?.hosts.views ?? []).some(({ id }) => id !== 'pairing'),
    isHopeless: () => (opened?.hosts.views ?? []).every(({ isOver }) => isOver),
  });

  const signalling = (): Signalling | null => {
    if (server.type === 'hearth') return { type: 'own' };
    const url = own?.signallingUrl ?? null;
    return url === null ? null : { type: 'other', url };
  };

  /** A gateway is wanted while there is somebody to connect to, and a signalling server to meet at. */
  function followGateway(): void {
    const where = signalling();
    const isWanted = isListening || (opened?.hosts.views.length ?? 0) > 0;
    if (own === null || where === null || own.isRelayOnly || !isWanted) gateways.configure(null);
    else gateways.configure({ signalling: where, token: own.routeToken, isListening });
  }

  const ways = (): Ways => ({
    callRelay: server.type === 'none' ? null : (route, signal) => callRelay(relay, route, signal),
    dial: gateways.dial,
    isRelayOnly: () => own?.isRelayOnly ?? false,
    ownRoute: own === null ? '' : routeOf(own.routeToken),
  });

  /** Asks the server what it is, and again while it does not answer. */
  async function findServer(): Promise<void> {
    stopServerTimer();
    lastQuestion += 1;
    const question = lastQuestion;
    const found = await readServer(appBase, options.fetch);
    // A later question has the newer answer.
    if (isClosed || question !== lastQuestion) return;
    const isNews = found.type !== server.type;
    if (found.type !== 'unknown' || server.type === 'unknown') server = found;
    if (isNews && found.type !== 'unknown') {
      opened?.sharing.reconnect();
      opened?.hosts.followWays();
    }
    followGateway();
    tell();
    if (found.type === 'unknown') stopServerTimer = clock.after(serverRetryMs, () => void findServer());
  }

  async function describe(model: ModelChoice): Promise<void> {
    const { id, label, quantization } = model;
    hostModel = { id, label, quantization, sampling: await options.defaults(model) };
    opened?.sharing.announce();
  }

  function onHosts(): void {
    followGateway();
    engine.notice();
    options.onHosts();
    tell();
  }

  return {
    get state() {
      return readState();
    },
    get sharing() {
      return needed().sharing;
    },
    get hosts() {
      return needed().hosts;
    },
    engine,
    peerChoice() {
      const views = (opened?.hosts.views ?? []).filter(({ id }) => id !== 'pairing');
      const [first] = views;
      if (first === undefined) return null;
      return {
        id: peerModelId,
        engine: 'peer',
        label: views.length === 1 ? first.name || 'Paired device' : 'Paired devices',
        quantization: '',
        builtIn: false,
        gpuBytes: null,
        needsF16: false,
      };
    },

    async open() {
      const { store, userAgent } = options;
      const device = await openDeviceStore(store, userAgent);
      own = device;
      const route = routeOf(device.routeToken);
      const sharing = await makeSharing({
        key: device.key,
        store: device.guests,
        clock,
        route,
        generate: options.generate,
        describe: () => ({
          name: device.name,
          model: hostModel,
          obstacle: obstacle?.code ?? null,
          route,
        }),
        openRelay: (onLink, onState) =>
          server.type === 'none'
            ? null
            : serveAtRelay({ ...relay, token: device.routeToken, onLink, onState }),
        listen(next) {
          if (isListening === next) return;
          isListening = next;
          followGateway();
        },
        obstacle: () => obstacle?.sentence ?? null,
        isPaused: device.isSharingPaused,
        keepPaused: (isPaused) => device.setSharingPaused(isPaused),
        onOffer: () => void findServer(),
        onChange: tell,
      });
      const hosts = await makeHosts({
        key: device.key,
        store: device.hosts,
        clock,
        introduction: () => ({ name: device.name, platform: platformOf(userAgent) }),
        ways,
        onChange: onHosts,
        onPaired: () => options.onPaired(),
      }).catch((error: unknown) => {
        // It is opened again: two would be at the relay under one route.
        sharing.close();
        throw error;
      });
      opened = { own: device, sharing, hosts };
      void findServer();
    },

    offerGateway: (tabId, port) => gateways.add(tabId, port),
    dropTab: (tabId) => gateways.dropTab(tabId),

    followSettings(state) {
      // At rest, too, it is what guests will be answered by.
      if (state.model && hostModel?.id === state.model.id) void describe(state.model);
      else this.followEngine(state);
    },

    followEngine(state) {
      const { model, status } = state;
      const before = { sentence: obstacle?.sentence, id: hostModel?.id };
      obstacle = sharingObstacle(state);
      if (status.type !== 'ready' || model?.engine !== 'webgpu') {
        // A model that is being loaded again, or rests, is still the one that guests will be answered by; where it failed,
        // the next request tries again.
        const isComingBack =
          ['idle', 'loading', 'recovering', 'failed'].includes(status.type) && hostModel?.id === model?.id;
        if (!isComingBack) hostModel = null;
      } else if (hostModel?.id !== model.id) {
        void describe(model);
      }
      if (before.sentence !== obstacle?.sentence || before.id !== hostModel?.id) opened?.sharing.announce();
    },

    pair: (offer) => needed().hosts.pair(offer),
    async setName(name) {
      const cleaned = cleanName(name, '');
      if (cleaned === '') throw new AppError('bad-input', 'A name needs at least one character.');
      await needed().own.setName(cleaned);
      needed().sharing.announce();
      tell();
    },
    async setRelayOnly(isRelayOnly) {
      await needed().own.setRelayOnly(isRelayOnly);
      followGateway();
      needed().hosts.followWays();
      tell();
    },
    async setSignallingUrl(url) {
      if (url !== null && !/^https?:\/\/[^\s/]+/.test(url)) {
        throw new AppError('bad-input', 'This is no address of a server: it begins with https://.');
      }
      await needed().own.setSignallingUrl(url);
      followGateway();
      needed().hosts.followWays();
      tell();
    },
    reconnect() {
      void findServer();
      needed().sharing.retryNow();
      needed().hosts.reconnect();
    },
    retire(isForced) {
      if (isForced) opened?.sharing.close();
      else opened?.sharing.hold();
    },
    close() {
      isClosed = true;
      stopServerTimer();
      opened?.hosts.close();
      opened?.sharing.close();
      gateways.close();
    },
  };
}
