import 'fake-indexeddb/auto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { routeOf, routePattern } from '../../../src/p2p/link/route.ts';
import { systemRandom } from '../../../src/p2p/session/bytes.ts';
import { deviceIdOf, makeDeviceKey } from '../../../src/p2p/session/device-key.ts';
import { defaultPolicy } from '../../../src/p2p/session/limits.ts';
import type { DeviceRecord } from '../../../src/p2p/session/trust-store.ts';
import { systemClock } from '../../../src/worker/clock.ts';
import { openDeviceStore } from '../../../src/worker/devices/device-store.ts';
import { migrations } from '../../../src/worker/store/schema.ts';
import { openStore } from '../../../src/worker/store/store.ts';
import { watchDisk } from '../store/full-disk.ts';
import { openTestDatabase, testName } from '../store/open-test-database.ts';
import { sampleConversation } from '../store/samples.ts';

const linux =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36';

async function open(name = testName(), userAgent = linux) {
  const store = openStore({ name, clock: systemClock, onState() {} });
  onTestFinished(() => store.close());
  await store.open();
  return { name, store, own: await openDeviceStore(store, userAgent) };
}

function sampleRecord(change: Partial<DeviceRecord> = {}): DeviceRecord {
  const { id, publicKey } = makeDeviceKey();
  const psks = [systemRandom(32), systemRandom(32)];
  const dates = { firstSeen: 1, lastSeen: 2 };
  return {
    id,
    publicKey,
    name: 'Phone',
    platform: 'Android',
    ...dates,
    psks,
    policy: defaultPolicy,
    ...change,
  };
}

describe('what this device is', () => {
  it('stays over restarts', async () => {
    const first = await open();
    expect(routeOf(first.own.routeToken)).toMatch(routePattern);
    await first.own.setName('Desk');
    await first.own.setRelayOnly(true);
    await first.own.setSignallingUrl('https://peers.example/');
    const { own } = await open(first.name);
    expect(own.key).toEqual(first.own.key);
    expect(own.key.id).toBe(deviceIdOf(own.key.publicKey));
    expect(own).toMatchObject({
      routeToken: first.own.routeToken,
      name: 'Desk',
      isRelayOnly: true,
      signallingUrl: 'https://peers.example/',
    });
    await own.setRelayOnly(false);
    await own.setSignallingUrl(null);
    expect((await open(first.name)).own).toMatchObject({ isRelayOnly: false, signallingUrl: null });
  });

  it('is made anew where it cannot be read', async () => {
    const first = await open();
    await first.store.putSetting('device-key', 'damaged');
    await first.store.putSetting('route-token', '');
    const { own } = await open(first.name);
    expect(own.key.id).not.toBe(first.own.key.id);
    expect(routeOf(own.routeToken)).toMatch(routePattern);
    expect(own.routeToken).toHaveLength(43);
    expect((await open(first.name)).own.key).toEqual(own.key);
  });

  it('is kept before the first other device is, when the disk was full at first', async () => {
    const name = testName();
    (await openTestDatabase({ name })).close();
    const disk = watchDisk();
    disk.isFull = true;
    const { own } = await open(name);
    const record = sampleRecord();
    await expect(own.guests.put(record)).rejects.toMatchObject({ code: 'storage-full' });
    disk.isFull = false;
    await own.guests.put(record);
    const next = (await open(name)).own;
    expect(next.key).toEqual(own.key);
    expect(next.routeToken).toBe(own.routeToken);
  });

  it.each([
    ['Chrome on Linux', linux],
    [
      'Firefox on Windows',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0',
    ],
    [
      'Safari on Mac',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15',
    ],
    ['Edge on Windows', 'Mozilla/5.0 (Windows NT 10.0) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0'],
    [
      'Chrome on Android',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/150.0.0.0 Mobile Safari/537.36',
    ],
    [
      'iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) Version/26.0 Mobile/15E148 Safari/604.1',
    ],
    [
      'iPhone',
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) CriOS/150.0 Mobile/15E148 Safari/604.1',
    ],
    ['Chrome on Chromebook', 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/150.0.0.0 Safari/537.36'],
    ['A browser', ''],
  ])('is called %s until it has a name', async (expected, userAgent) => {
    const { name, own } = await open(testName(), userAgent);
    expect(own.name).toBe(expected);
    await own.setName('Mine');
    expect((await open(name, userAgent)).own.name).toBe('Mine');
  });
});

describe.each(['guests', 'hosts'] as const)('records of %s', (kind) => {
  it('come back as they were, bytes as bytes', async () => {
    const { name, own } = await open();
    const [record, other] = [sampleRecord(), sampleRecord({ name: 'Other' })];
    await own[kind].put(record);
    await own[kind].put(other);
    const next = (await open(name)).own[kind];
    expect(await next.get(record.id)).toMatchObject(record);
    expect((await next.get(record.id))?.psks[0]).toBeInstanceOf(Uint8Array);
    expect(await next.list()).toHaveLength(2);
    await next.remove(record.id);
    expect(await next.get(record.id)).toBeNull();
    expect(await next.list()).toMatchObject([{ id: other.id }]);
  });

  it('that make no sense are no devices, and what they lack has a default', async () => {
    const { name, own } = await open();
    const good = sampleRecord();
    const { name: _, platform: __, firstSeen: ___, policy: ____, ...older } = sampleRecord();
    const bad = [
      { ...sampleRecord(), publicKey: new Uint8Array(31) },
      { ...sampleRecord(), publicKey: [...good.publicKey] },
      { ...sampleRecord(), psks: [] },
      { ...sampleRecord(), psks: [new Uint8Array(16)] },
      { ...sampleRecord(), psks: 'secret' },
      { id: 'nothing else' },
    ];
    const database = await openTestDatabase({ name });
    for (const record of [good, older, ...bad]) await database.put(kind, record as never);
    database.close();
    const records = await own[kind].list();
    expect(records.map(({ id }) => id).toSorted()).toEqual([good.id, older.id].toSorted());
    expect(await own[kind].get(older.id)).toMatchObject({ name: '', platform: '', policy: defaultPolicy });
    expect(await own[kind].get(bad[0]?.id as never)).toBeNull();
  });

  it.each(['put', 'commit'] as const)('are the old ones when the disk is full at %s', async (at) => {
    const { own } = await open();
    const record = sampleRecord();
    await own[kind].put(record);
    const disk = watchDisk(at);
    disk.isFull = true;
    const next = own[kind].put({ ...record, psks: [systemRandom(32)] });
    await expect(next).rejects.toMatchObject({ code: 'storage-full' });
    expect(await own[kind].get(record.id)).toMatchObject(record);
    disk.isFull = false;
    await own[kind].remove(record.id);
    expect(await own[kind].list()).toEqual([]);
  });
});

describe('where a host is found', () => {
  it('is kept apart from what the session stores', async () => {
    const { own } = await open();
    const record = sampleRecord();
    await own.hosts.describe(record.id, { name: 'Nobody', route: 'r'.repeat(26), lastSeen: 9 });
    expect(await own.hosts.list()).toEqual([]);
    await own.hosts.put(record);
    await own.hosts.describe(record.id, { name: 'Laptop', route: 'r'.repeat(26), lastSeen: 9 });
    const psks = [systemRandom(32)];
    await own.hosts.put({ ...record, name: 'Laptop', lastSeen: 10, psks });
    expect(await own.hosts.get(record.id)).toMatchObject({ route: 'r'.repeat(26), lastSeen: 10, psks });
  });

  it('is written over no newer secret, however the two are mixed', async () => {
    const { own } = await open();
    const record = sampleRecord();
    await own.hosts.put(record);
    const psks = [systemRandom(32)];
    await Promise.all([
      own.hosts.describe(record.id, { name: 'Laptop', route: 'a'.repeat(26), lastSeen: 3 }),
      own.hosts.put({ ...record, psks }),
      own.hosts.describe(record.id, { name: 'Desk', route: 'b'.repeat(26), lastSeen: 4 }),
    ]);
    expect(await own.hosts.get(record.id)).toMatchObject({ name: 'Desk', route: 'b'.repeat(26), psks });
  });
});

it('a database from before there were devices keeps its conversations', async () => {
  const name = testName();
  const conversation = sampleConversation({ title: 'Before' });
  const older = await openTestDatabase({ name, migrations: migrations.slice(0, 1) });
  await older.put('conversations', conversation);
  await older.put('settings', 'pocket', 'model');
  older.close();
  const { store, own } = await open(name);
  expect(await store.listConversations()).toEqual([conversation]);
  expect(await store.getSetting('model')).toBe('pocket');
  await own.guests.put(sampleRecord());
  expect(await own.guests.list()).toHaveLength(1);
  expect(await own.hosts.list()).toEqual([]);
});
