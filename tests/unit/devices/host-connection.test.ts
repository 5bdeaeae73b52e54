import 'fake-indexeddb/auto';
import { describe, expect, it, vi } from 'vitest';
import { bodyOf, read } from '../p2p/harness.ts';
import { goAway, makeHouse, pass, passUntil, showLink, type Computer, type House } from './house-bench.ts';
import { quiet } from './sharing-bench.ts';

const minute = 60_000;

describe('a step that fails is named, with what to do', () => {
  const cases: [string, (house: House, desk: Computer) => unknown, object][] = [
    [
      'no server',
      ({ network }) => (network.isServerUp = false),
      { step: 'signalling', failure: expect.stringMatching(/^The computer cannot be reached\. Is it on/) },
    ],
    [
      'Hearth closed there',
      (_, desk) => (desk.isOpen = false),
      { step: 'link', failure: expect.stringMatching(/^Hearth is not open in the computer’s browser/) },
    ],
    [
      'a host that has forgotten this device',
      (_, desk) => {
        desk.store.records.clear();
        desk.restart();
      },
      {
        step: 'handshake',
        failure: expect.stringMatching(/does not know this device any more\. Pair/),
        isOver: false,
      },
    ],
    [
      'a link that dies in the handshake',
      ({ network }) => (network.isHeld = true),
      { step: 'handshake', failure: expect.stringMatching(/^The connection broke off/) },
    ],
    [
      'a disk that is full',
      ({ own }) => vi.spyOn(own.hosts, 'put').mockRejectedValue(new Error('full')),
      { step: 'handshake', failure: expect.stringMatching(/could not save the pairing\. Free some space/) },
    ],
    [
      'a host that has no model ready',
      (_, desk) => (desk.model = null),
      { step: 'engine', failure: null, model: null },
    ],
    [
      'a host that uses a server itself',
      (_, desk) => Object.assign(desk, { model: null, obstacle: 'uses-server' }),
      { step: 'engine', failure: expect.stringMatching(/^It uses a server now/), model: null },
    ],
    [
      'a host that is paused',
      (_, desk) => desk.host.pause(true),
      { step: 'engine', failure: expect.stringMatching(/paused sharing/), isPaused: true },
    ],
  ];

  it.each(cases)('%s', async (_, change, expected) => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    change(house, desk);
    for (const wire of desk.wires) wire.cut();
    await passUntil(house, () => house.view(desk)?.failure !== null || house.view(desk)?.step === 'engine');
    expect(house.view(desk)).toMatchObject(expected);
    expect(house.hosts.ready).toEqual([]);
  });

  it('a used link, for good', async () => {
    const house = await makeHouse();
    const desk = house.add('Desk');
    const fragment = showLink(desk);
    desk.host.closePairing();
    house.hosts.pair({ fragment });
    await quiet();
    expect(house.hosts.views).toMatchObject([
      {
        id: 'pairing',
        step: 'handshake',
        isOver: true,
        failure: expect.stringMatching(/too old\. Ask for a new one/),
      },
    ]);
    await pass(house, 5 * minute);
    expect(house.network.calls).toBe(1);
  });

  it('a typed code whose link was lost, for good: it may be used up', async () => {
    const house = await makeHouse();
    const desk = house.add('Desk');
    const { code } = desk.host.openPairing(desk.route);
    house.network.isHeld = true;
    house.hosts.pair({ code: code ?? '' });
    await passUntil(house, () => house.hosts.views[0]?.failure !== null);
    expect(house.hosts.views).toMatchObject([
      {
        step: 'handshake',
        isOver: true,
        failure: 'The connection broke off. Type the code that the computer shows now.',
      },
    ]);
    house.network.isHeld = false;
    await pass(house, 5 * minute);
    expect(house.network.calls).toBe(1);
    house.hosts.pair({ code: desk.host.openPairing(desk.route).code ?? '' });
    await quiet();
    expect(house.view(desk)).toMatchObject({ step: 'ready', failure: null });
  });

  it('another computer in the host’s place', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const liar = house.add('Liar');
    liar.route = desk.route;
    // It has even stolen what the host knows, but for its key.
    for (const [id, record] of desk.store.records) liar.store.records.set(id, record);
    await goAway(desk);
    await pass(house, 5_000);
    expect(house.view(desk)).toMatchObject({
      step: 'handshake',
      failure: expect.stringMatching(/was refused/),
    });
  });

  it('denied by its person, for good', async () => {
    const house = await makeHouse();
    const desk = house.add('Desk');
    desk.answer = 'deny';
    house.hosts.pair({ fragment: showLink(desk) });
    await quiet();
    expect(house.view(desk)).toMatchObject({
      step: 'approval',
      isOver: true,
      failure: 'The computer’s person did not allow it.',
    });
    await pass(house, 5 * minute);
    expect(house.network.calls).toBe(1);
  });

  it('revoked by its person', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await desk.host.revoke(house.own.key.id);
    await quiet();
    expect(house.view(desk)).toMatchObject({
      isOver: true,
      failure: expect.stringMatching(/Pair the two again/),
    });
    await house.restart();
    expect(house.hosts.views).toEqual([]);
  });
});

describe('without Hearth’s server', () => {
  it.each([
    ['signalling', 'signalling'],
    ['link', 'link'],
  ] as const)('names the step that failed: %s', async (dialFault, step) => {
    const house = await makeHouse({ hasServer: false, dialFault });
    const desk = house.add('Desk');
    house.hosts.pair({ fragment: showLink(desk) });
    await quiet();
    expect(house.hosts.views).toMatchObject([{ step, failure: 'No direct connection came about.' }]);
  });

  it('connects directly', async () => {
    const house = await makeHouse({ hasServer: false, isDirectPossible: true });
    const desk = await house.pair('Desk');
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'dtls' });
    expect(house.network.dials).toMatchObject([{ route: desk.route, ticket: { device: null } }]);
  });

  it('says that a code does not work there', async () => {
    const house = await makeHouse({ hasServer: false, isDirectPossible: true });
    house.hosts.pair({ code: '12345678' });
    await quiet();
    expect(house.hosts.views).toMatchObject([
      {
        step: 'signalling',
        failure: expect.stringMatching(/^A code works only beside the computer’s own server/),
      },
    ]);
  });

  it('does not go around a relay that the person insists on', async () => {
    const house = await makeHouse({ hasServer: false, isDirectPossible: true, isRelayOnly: true });
    const desk = house.add('Desk');
    house.hosts.pair({ fragment: showLink(desk) });
    await quiet();
    expect(house.network.dials).toEqual([]);
    expect(house.hosts.views).toMatchObject([
      { step: 'signalling', failure: expect.stringMatching(/has no relay\. Turn it off/) },
    ]);
  });
});

describe('the next attempt', () => {
  it('waits longer each time, up to half a minute, and succeeds when the server is back', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await pass(house, minute);
    house.network.isServerUp = false;
    await goAway(desk);
    desk.isOpen = true;
    const before = house.network.calls;
    await pass(house, 10 * minute);
    const attempts = house.network.calls - before;
    expect(attempts).toBeGreaterThan(15);
    expect(attempts).toBeLessThan(36);
    house.network.isServerUp = true;
    await pass(house, 40_000);
    expect(house.view(desk)).toMatchObject({ step: 'ready', failure: null });
  });

  it('comes at once after a session that stood', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await pass(house, minute);
    desk.wires[0]?.cut();
    await quiet();
    house.clock.advance(0);
    await quiet();
    expect(house.view(desk)?.step).toBe('ready');
  });

  it('does not become a storm when each session is lost as soon as it is made', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    for (let step = 0; step < 600; step += 1) {
      desk.wires.at(-1)?.cut();
      await quiet();
      house.clock.advance(100);
      await quiet();
    }
    expect(desk.wires.length).toBeGreaterThan(4);
    expect(desk.wires.length).toBeLessThan(10);
  });

  it('is never after its end', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await goAway(desk);
    house.hosts.close();
    await quiet();
    expect(house.clock.waiting).toBe(0);
  });
});

describe('a link that fell silent', () => {
  /** A phone with a data channel and the relay, and an answer under way. */
  async function makeDirect(): Promise<{ house: House; desk: Computer }> {
    const house = await makeHouse({ isDirectPossible: true });
    const desk = await house.pair('Desk');
    await pass(house, 1_000);
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'dtls' });
    return { house, desk };
  }

  it('after a sleep is found out in a second, and the relay takes its place', async () => {
    const { house, desk } = await makeDirect();
    // The phone slept: the socket of the relay was closed, and of the data channel nobody knows.
    const [relay, channel] = desk.wires;
    relay?.cut();
    channel?.hold();
    house.network.isDirectPossible = false;
    house.hosts.reconnect();
    await pass(house, 2_000);
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'relay', isSuspended: false });
    // It was there all the same.
    channel?.release();
    await quiet();
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'dtls', isSuspended: false });
  });

  it('is not left while it answers', async () => {
    const { house, desk } = await makeDirect();
    const { calls } = house.network;
    desk.wires[0]?.cut();
    house.hosts.reconnect();
    await quiet();
    await pass(house, 30_000);
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'dtls', isSuspended: false });
    expect(house.network.calls).toBe(calls);
  });

  it('is replaced by another before it is given up, and again when that one fails', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await pass(house, minute);
    desk.wires[0]?.hold();
    house.network.isServerUp = false;
    await passUntil(house, () => house.view(desk)?.isSuspended === true);
    // Silent, but not lost: that is what the person is told.
    expect(house.view(desk)).toMatchObject({ step: 'ready', failure: null });
    house.network.isServerUp = true;
    await pass(house, 3_000);
    expect(house.view(desk)).toMatchObject({ step: 'ready', isSuspended: false });
    expect(desk.wires).toHaveLength(2);
  });
});

describe('the direct way', () => {
  it('takes over from the relay, which takes over again when it dies', async () => {
    const house = await makeHouse({ isDirectPossible: true });
    const desk = await house.pair('Desk');
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'relay' });
    const [ready] = house.hosts.ready;
    if (ready === undefined) throw new Error('No host is ready.');
    const answer = read(ready.guest, bodyOf('x'));
    await pass(house, 1_000);
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'dtls' });
    expect(house.network.dials).toMatchObject([{ ticket: { device: house.own.key.id } }]);
    house.network.isDirectPossible = false;
    desk.wires[1]?.cut();
    await quiet();
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'relay' });
    expect(answer.isOver).toBe(false);
    house.network.isDirectPossible = true;
    await pass(house, 40_000);
    expect(house.view(desk)?.path).toBe('dtls');
  });

  it('is tried at once, then after 10, 30 and 60 seconds', async () => {
    const house = await makeHouse();
    await house.pair('Desk');
    const counts: number[] = [];
    for (const seconds of [1, 8, 2, 28, 2, 58, 2, 60]) {
      await pass(house, seconds * 1_000);
      counts.push(house.network.dials.length);
    }
    expect(counts).toEqual([1, 1, 2, 2, 3, 3, 4, 5]);
    house.hosts.reconnect();
    await pass(house, 1_000);
    expect(house.network.dials).toHaveLength(6);
  });

  it('is left alone, and left, when the person wants only the relay', async () => {
    const house = await makeHouse({ isDirectPossible: true });
    const desk = await house.pair('Desk');
    await pass(house, 1_000);
    expect(house.view(desk)?.path).toBe('dtls');
    house.network.isRelayOnly = true;
    house.hosts.followWays();
    await pass(house, 5 * minute);
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'relay' });
    expect(house.network.dials).toHaveLength(1);
  });

  it('is taken when it opens just after the relay was lost', async () => {
    let open = (): void => {};
    const dialing = new Promise<void>((resolve) => {
      open = resolve;
    });
    const house = await makeHouse({ isDirectPossible: true, dialing });
    const desk = await house.pair('Desk');
    house.clock.advance(0);
    await quiet();
    house.network.isServerUp = false;
    desk.wires[0]?.cut();
    await quiet();
    open();
    await pass(house, 5_000);
    expect(house.view(desk)).toMatchObject({ step: 'ready', path: 'dtls', failure: null });
  });

  it('is closed when it opens after all is over', async () => {
    let open = (): void => {};
    const dialing = new Promise<void>((resolve) => {
      open = resolve;
    });
    const house = await makeHouse({ isDirectPossible: true, dialing });
    const desk = await house.pair('Desk');
    house.clock.advance(0);
    await quiet();
    await house.hosts.forget(desk.options.key.id);
    expect(house.network.dials[0]?.signal.aborted).toBe(true);
    open();
    await quiet();
    expect(desk.wires[1]?.a.send(new Uint8Array(1))).toBe(false);
  });
});
