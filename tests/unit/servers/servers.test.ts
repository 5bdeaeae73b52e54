import 'fake-indexeddb/auto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newId, type ServerId } from '../../../src/shared/ids.ts';
import { parseBase } from '../../../src/shared/proxy-contract.ts';
import type { ServerInput } from '../../../src/shared/servers-state.ts';
import { systemClock, type Clock } from '../../../src/worker/clock.ts';
import { makeProxyClient } from '../../../src/worker/servers/proxy-client.ts';
import { reachProblem, statusProblem } from '../../../src/worker/servers/server-failure.ts';
import { makeServers, type Servers } from '../../../src/worker/servers/servers.ts';
import { openStore, type Store } from '../../../src/worker/store/store.ts';
import { makeFakeClock } from '../../support/fake-clock.ts';
import { startOwnServer, type OwnServer } from '../../support/own-server.ts';
import {
  json,
  models,
  startUpstream,
  stream,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.ts';

let own: OwnServer;
let upstream: ScriptedUpstream;
let store: Store;
let servers: Servers;

function makeAll(clock: Clock = systemClock): Servers {
  const made: Servers = makeServers({
    store,
    clock,
    appBase: own.appBase,
    client: makeProxyClient({ ...own, bases: () => made.bases }),
    onChange() {},
  });
  return made;
}

beforeEach(async () => {
  own = await startOwnServer();
  upstream = await startUpstream(models('tiny', 'large'));
  store = openStore({ clock: systemClock, onState() {}, name: newId() });
  await store.open();
  servers = makeAll();
  await servers.open();
});
afterEach(async () => {
  await store.close();
  await own.close();
  await upstream.close();
});

const input = (over: Partial<ServerInput> = {}): ServerInput => ({
  kind: 'vllm',
  name: 'Team',
  url: upstream.base,
  key: 'sk-very-secret',
  ...over,
});
const only = () => servers.state.servers[0];

test('a server is added, tested and kept; its key is in no state and is there after a start anew', async () => {
  const id = await servers.add(input());
  expect(only()).toEqual({
    id,
    kind: 'vllm',
    name: 'Team',
    url: upstream.base,
    origin: new URL(upstream.base).origin,
    hasKey: true,
    models: ['tiny', 'large'],
    check: { type: 'ok' },
  });
  expect(JSON.stringify(servers.state)).not.toContain('secret');
  expect(JSON.stringify(servers.choices())).not.toContain('secret');
  const later = makeAll();
  await later.open();
  expect(later.state.servers[0]).toMatchObject({ id, hasKey: true, models: ['tiny', 'large'] });
  expect(later.withModel('tiny')[0]?.key).toBe('sk-very-secret');
});

test('two servers with one model are one choice, and it says where text may go', async () => {
  const second = await startUpstream(models('tiny'));
  await servers.add(input());
  await servers.add(input({ url: second.base }));
  const [tiny, large] = servers.choices();
  expect(tiny).toMatchObject({
    id: 'http:tiny',
    engine: 'http',
    sentTo: [upstream.base, second.base].map((url) => new URL(url).origin),
  });
  expect(large).toMatchObject({ id: 'http:large', sentTo: [new URL(upstream.base).origin] });
  await second.close();
});

test('a key stays with its server: another origin gets it only when it is typed again', async () => {
  const id = await servers.add(input());
  const second = await startUpstream(models('tiny'));
  await servers.change(id, input({ key: null, name: 'Renamed' }));
  expect(only()).toMatchObject({ name: 'Renamed', hasKey: true });
  await servers.change(id, input({ key: null, url: second.base }));
  expect(only()).toMatchObject({ hasKey: false });
  expect(second.asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  expect(second.asked).toHaveLength(1);
  await servers.change(id, input({ key: '', url: upstream.base }));
  expect(only()).toMatchObject({ hasKey: false });
  await second.close();
});

test('what cannot be read in the store is left out, and what is beside it stays', async () => {
  await servers.add(input());
  const good = JSON.parse((await store.getSetting('servers')) ?? '') as object[];
  const bad = [7, null, { id: 'x' }, { id: 'x', url: 'ftp://a/' }, { id: 'x', url: 'http://a' }];
  await store.putSetting('servers', JSON.stringify([...bad, ...good, { id: 'y', url: 'http://b/v1/' }]));
  await servers.open();
  expect(servers.state.servers.map(({ url }) => url)).toEqual([upstream.base, 'http://b/v1/']);
  for (const broken of ['{', '{}', '7']) {
    await store.putSetting('servers', broken);
    await servers.open();
    expect(servers.state.servers).toEqual([]);
  }
});

const notServers: [Partial<ServerInput>, RegExp][] = [
  [{ url: 'localhost:8000' }, /begins with http/],
  [{ url: '' }, /begins with http/],
  [{ url: 'http://me:pass@a/' }, /begins with http/],
  [{ url: `http://a/${'x'.repeat(400)}` }, /at most 300/],
  [{ name: 'x'.repeat(61) }, /60 characters/],
  [{ key: 'two words' }, /without spaces/],
  [{ key: 'a\nb' }, /without spaces/],
  [{ key: 'schlüssel' }, /plain letters/],
  [{ key: 'x'.repeat(1001) }, /too long/],
];

test('bad input is told, and nothing is kept', async () => {
  for (const [over, words] of notServers) {
    await expect(servers.add(input(over)), JSON.stringify(over)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(words) as string,
    });
  }
  for (const url of [own.appBase.href, `http://localhost:${own.appBase.port}/v1`])
    await expect(servers.add(input({ url }))).rejects.toMatchObject({
      message: expect.stringContaining('own address') as string,
    });
  expect(servers.state.servers).toEqual([]);
});

test('addresses as people have them come down to one spelling', () => {
  const spellings: [string, string | null][] = [
    ['http://localhost:8000', 'http://localhost:8000/v1/'],
    ['http://localhost:8000/', 'http://localhost:8000/v1/'],
    [' http://LOCALHOST:8000/v1 ', 'http://localhost:8000/v1/'],
    ['https://a.example/v1/chat/completions', 'https://a.example/v1/'],
    ['https://a.example/openai/v1/models', 'https://a.example/openai/v1/'],
    ['https://a.example:443/api', 'https://a.example/api/'],
    ['http://[::1]:8080/v1', 'http://[::1]:8080/v1/'],
    ['http://a/v1/%2e%2e%2fadmin', null],
    ['ws://a/v1', null],
  ];
  for (const [text, base] of spellings) expect(parseBase(text)?.href ?? null, text).toBe(base);
});

test('the test says what failed', async () => {
  await servers.add(input());
  const id = only()?.id as ServerId;
  const cases: [ReturnType<typeof json>, string, RegExp][] = [
    [json(401, {}), 'unauthorized', /wants a key/],
    [json(403, {}), 'forbidden', /does not allow/],
    [json(404, { detail: 'Not Found' }), 'wrong-path', /not at this path.*\/v1.*Not Found/],
    [stream('<html>'), 'wrong-path', /web page/],
    [json(200, { data: [] }), 'no-models', /offers no model/],
    [json(200, { data: null }), 'no-models', /offers no model/],
    [json(200, { hello: 'world' }), 'not-compatible', /not as an OpenAI-compatible/],
    [stream('plain text'), 'not-compatible', /not as an OpenAI-compatible/],
    [json(302, {}), 'redirect', /another address/],
    [json(429, {}), 'busy', /too much to do/],
    [json(500, { error: { message: 'oh sk-very-secret' } }), 'server-error', /status 500\. It says: oh …/],
    [(response) => void response.destroy(), 'unreachable', /ended the connection/],
  ];
  for (const [act, kind, words] of cases) {
    upstream.act(act);
    const check = await servers.test(id);
    expect(check).toMatchObject({ type: 'failed', problem: { kind } });
    expect(check.type === 'failed' ? check.problem.message : '').toMatch(words);
    expect(only()?.check).toEqual(check);
  }
  // What it offered when it last answered is still what it is known for.
  expect(only()?.models).toEqual(['tiny', 'large']);
  upstream.act(models('new'));
  expect(await servers.test(id)).toEqual({ type: 'ok' });
  expect(only()?.models).toEqual(['new']);
});

test('nothing at the port, no such name', async () => {
  const free = createServer();
  free.listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address() as AddressInfo;
  free.close();
  await once(free, 'close');
  await servers.add(input({ url: `http://127.0.0.1:${port}` }));
  expect(only()?.check).toEqual({
    type: 'failed',
    problem: {
      kind: 'refused',
      message: `Nothing listens at 127.0.0.1:${port}. Is the server running, and is the port right?`,
    },
  });
  await servers.change(only()?.id as ServerId, input({ url: 'http://no-such-host.invalid' }));
  expect(only()?.check).toMatchObject({ type: 'failed', problem: { kind: 'dns' } });
});

test('every one of Node’s words has a sentence of its own', () => {
  const kinds: [string | null, string, RegExp][] = [
    ['ENOTFOUND', 'dns', /No computer is called “a\.example”/],
    ['CERT_HAS_EXPIRED', 'tls', /expired/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', /made its certificate itself/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', /another name/],
    ['EPROTO', 'tls', /Try the address with http/],
    ['HPE_INVALID_CONSTANT', 'not-compatible', /begin the address with https/],
    ['EHOSTUNREACH', 'unreachable', /no way to/],
    ['ETIMEDOUT', 'timeout', /in time/],
    ['EWHATEVER', 'unreachable', /EWHATEVER/],
    [null, 'unreachable', /cannot be reached\.$/],
  ];
  for (const [code, kind, words] of kinds) {
    const problem = reachProblem('https://a.example', code);
    expect(problem.kind).toBe(kind);
    expect(problem.message).toMatch(words);
  }
  expect(statusProblem('http://a', 504, null).kind).toBe('timeout');
});

test('a server that keeps still is given up, and that is said', async () => {
  const clock = makeFakeClock();
  const patient = makeAll(clock);
  await patient.open();
  upstream.act(() => {});
  const adding = patient.add(input());
  await expect.poll(() => upstream.asked.length).toBe(1);
  clock.advance(15_000);
  await adding;
  expect(patient.state.servers[0]?.check).toMatchObject({ type: 'failed', problem: { kind: 'timeout' } });
});

test('when the local server was started anew another session is opened', async () => {
  const id = await servers.add(input());
  own.restart();
  expect(await servers.test(id)).toEqual({ type: 'ok' });
});

test('without the local server, or where it lets nobody through, that is said', async () => {
  const id = await servers.add(input());
  const elsewhere = makeServers({
    store,
    clock: systemClock,
    appBase: own.appBase,
    client: makeProxyClient({
      ...own,
      // As from a phone: the origin is another one.
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...(init?.headers as object), origin: 'http://a' } }),
      bases: () => [],
    }),
    onChange() {},
  });
  await elsewhere.open();
  expect(await elsewhere.test(id)).toMatchObject({
    problem: { kind: 'no-proxy', message: expect.stringContaining('localhost') as string },
  });
  own.restart();
  await own.close();
  expect(await servers.test(id)).toMatchObject({ type: 'failed' });
  own = await startOwnServer();
});

test('a server that is removed while it is tested stays removed', async () => {
  const id = await servers.add(input());
  let answer = (): void => {};
  upstream.act((response, asked, request) => {
    answer = () => void models('late')(response, asked, request);
  });
  const testing = servers.test(id);
  await expect.poll(() => upstream.asked.length).toBe(2);
  await servers.remove(id);
  answer();
  await testing;
  expect(servers.state.servers).toEqual([]);
  expect(servers.choices()).toEqual([]);
  await expect(servers.remove(id)).rejects.toMatchObject({ code: 'not-found' });
});

test('a server that is removed while news of another is saved stays removed, and so does its key', async () => {
  const first = await servers.add(input());
  const second = await servers.add(input({ name: 'Second', key: '' }));
  upstream.act(models('new'));
  const { putSetting } = store;
  const removing: Promise<void>[] = [];
  store.putSetting = (key, value) => {
    store.putSetting = putSetting;
    removing.push(servers.remove(first));
    return putSetting(key, value);
  };
  expect(await servers.test(second)).toEqual({ type: 'ok' });
  await Promise.all(removing);
  expect(servers.state.servers).toMatchObject([{ id: second, models: ['new'] }]);
  expect(await store.getSetting('servers')).not.toContain('sk-very-secret');
});

test('two that are added at once are both kept', async () => {
  const ids = await Promise.all([servers.add(input()), servers.add(input({ key: '' }))]);
  expect(servers.state.servers.map(({ id }) => id)).toEqual(ids);
});

test('one that is added twice is one, by its newest name: a page asks again when its core died', async () => {
  const [first, again] = await Promise.all([servers.add(input()), servers.add(input({ name: 'Ours' }))]);
  expect(again).toBe(first);
  expect(servers.state.servers).toMatchObject([{ id: first, name: 'Ours', check: { type: 'ok' } }]);
});
