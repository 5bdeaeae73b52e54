import 'fake-indexeddb/auto';
import { describe, expect, it, vi } from 'vitest';
import type { ApprovalRequest } from '../../../src/p2p/session/host-device.ts';
import { newId, type PairingId } from '../../../src/shared/ids.ts';
import { goAway, makeHouse, pass, showLink } from './house-bench.ts';
import { quiet } from './sharing-bench.ts';

describe('pairing with a host', () => {
  it('by its link: asks, waits for its person, and is then the connection of that host', async () => {
    const house = await makeHouse();
    const asked: ApprovalRequest[] = [];
    let allow = (): void => {};
    const approve = (request: ApprovalRequest): Promise<'always'> => {
      asked.push(request);
      return new Promise((resolve) => {
        allow = () => resolve('always');
      });
    };
    const desk = house.add('Desk', { approve });
    house.hosts.pair({ fragment: showLink(desk) });
    expect(house.hosts.views).toMatchObject([{ id: 'pairing', step: 'signalling', failure: null }]);
    await quiet();
    const comparison = asked[0]?.comparison;
    expect(comparison).toMatch(/^\d{6}$/);
    expect(house.hosts.views).toMatchObject([{ id: desk.options.key.id, step: 'approval', comparison }]);
    expect(house.paired).toBe(0);
    await goAway(desk);
    desk.isOpen = true;
    await pass(house, 5_000);
    expect(house.view(desk)).toMatchObject({ step: 'approval', comparison });
    allow();
    await quiet();
    expect(house.view(desk)).toMatchObject({
      id: desk.options.key.id,
      step: 'ready',
      comparison: null,
      path: 'relay',
      model: 'Pocket',
      lastSeen: expect.any(Number),
    });
    expect(house.paired).toBe(1);
    expect(await house.own.hosts.list()).toMatchObject([{ name: 'Desk', route: desk.route }]);
  });

  it.each(['code', 'link'])(
    'by a %s: what was lost before its person decided is found again',
    async (way) => {
      const house = await makeHouse();
      let allow = (): void => {};
      let comparison = '';
      const approve = (request: ApprovalRequest): Promise<'always'> => {
        ({ comparison } = request);
        return new Promise((resolve) => {
          allow = () => resolve('always');
        });
      };
      const desk = house.add('Desk', { approve });
      const { code } = desk.host.openPairing(desk.route);
      house.hosts.pair(way === 'code' ? { code: code ?? '' } : { fragment: showLink(desk) });
      await quiet();
      expect(house.view(desk)).toMatchObject({ step: 'approval', name: 'Desk' });
      if (way === 'link') await house.restart();
      await goAway(desk);
      // Another computer that pairs at the same server is not meant.
      const other = house.add('Other');
      other.host.openPairing(other.route);
      desk.isOpen = true;
      await pass(house, 5_000);
      expect(comparison).toMatch(/^\d{6}$/);
      expect(house.view(desk)).toMatchObject({ step: 'approval', failure: null, comparison });
      allow();
      await quiet();
      expect(house.view(desk)).toMatchObject({ step: 'ready' });
      expect(house.hosts.views).toHaveLength(1);
    },
  );

  it('by its link: the tab that named the pairing knows its host by that, and no other', async () => {
    const house = await makeHouse();
    await house.pair('Desk');
    const laptop = house.add('Laptop');
    const id = newId<PairingId>();
    house.hosts.pair({ fragment: showLink(laptop), id });
    expect(house.hosts.views).toMatchObject([{ pairingId: null }, { id: 'pairing', pairingId: id }]);
    await quiet();
    expect(house.view(laptop)).toMatchObject({ step: 'ready', pairingId: id });
  });

  it('by a typed code, however it is spaced', async () => {
    const house = await makeHouse();
    const desk = house.add('Desk');
    const { code } = desk.host.openPairing(desk.route);
    house.hosts.pair({ code: ` ${code?.slice(0, 4)}-${code?.slice(4)} ` });
    await quiet();
    expect(house.view(desk)?.step).toBe('ready');
    expect(house.paired).toBe(1);
  });

  it.each([
    ['a code that is too short', { code: '1234' }, 'The code has eight digits.'],
    [
      'a link that was cut',
      { fragment: '#p=1.abc' },
      'This link is not complete. Scan or copy it once more.',
    ],
  ])('refuses %s and changes nothing', async (_, offer, message) => {
    const house = await makeHouse();
    await house.pair('Desk');
    expect(() => house.hosts.pair(offer)).toThrow(message);
    expect(house.hosts.views).toHaveLength(1);
  });

  it('with one that it knows already: the new connection takes the place of the old', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const [oldWire] = desk.wires;
    house.hosts.pair({ fragment: showLink(desk) });
    await quiet();
    expect(house.hosts.views).toMatchObject([{ id: desk.options.key.id, step: 'ready' }]);
    expect(oldWire?.a.send(new Uint8Array(1))).toBe(false);
    expect(await house.own.hosts.list()).toHaveLength(1);
    expect(house.paired).toBe(2);
  });

  it('a second attempt takes the place of the first', async () => {
    const house = await makeHouse({ isServerUp: false });
    const [desk, laptop] = [house.add('Desk'), house.add('Laptop')];
    house.hosts.pair({ fragment: showLink(desk) });
    house.hosts.pair({ fragment: showLink(laptop) });
    await quiet();
    expect(house.hosts.views).toHaveLength(1);
    house.network.isServerUp = true;
    house.hosts.reconnect();
    await quiet();
    expect([desk.wires.length, laptop.wires.length]).toEqual([0, 1]);
    expect(house.view(laptop)?.step).toBe('ready');
  });

  it('one that was given up makes no host of those that were there', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const laptop = house.add('Laptop');
    laptop.answer = 'deny';
    house.hosts.pair({ fragment: showLink(laptop) });
    await quiet();
    expect(house.view(laptop)).toMatchObject({ isOver: true, step: 'approval' });
    await house.hosts.forget(laptop.options.key.id);
    await goAway(desk);
    desk.isOpen = true;
    await pass(house, 5_000);
    expect(house.view(desk)?.step).toBe('ready');
    expect(house.paired).toBe(1);
  });
});

describe('hosts', () => {
  it('are connected again after a restart, without a pairing', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const laptop = await house.pair('Laptop');
    await house.restart();
    expect([house.view(desk)?.step, house.view(laptop)?.step]).toEqual(['ready', 'ready']);
    expect(house.paired).toBe(2);
    expect(desk.asked).toHaveLength(1);
  });

  it('are tried at once when there is reason to', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await goAway(desk);
    await pass(house, 120_000);
    expect(house.view(desk)?.failure).toMatch(/^Hearth is not open/);
    desk.isOpen = true;
    house.hosts.reconnect();
    await quiet();
    expect(house.view(desk)).toMatchObject({ step: 'ready', failure: null });
  });

  it('are forgotten for good', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await house.hosts.forget(desk.options.key.id);
    await quiet();
    expect(house.hosts.views).toEqual([]);
    expect(desk.host.devices[0]?.paths).toEqual([]);
    await house.restart();
    expect(house.hosts.views).toEqual([]);
    expect(house.clock.waiting).toBe(0);
  });

  it('are forgotten for good in the middle of a handshake, and the link is closed', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    await goAway(desk);
    Object.assign(desk, { isOpen: true });
    house.network.isHeld = true;
    house.hosts.reconnect();
    await quiet();
    expect(house.view(desk)?.step).toBe('handshake');
    const forgotten = house.hosts.forget(desk.options.key.id);
    desk.wires.at(-1)?.release();
    await forgotten;
    await pass(house, 2_000);
    expect(await house.own.hosts.list()).toEqual([]);
    expect(desk.host.devices[0]?.paths).toEqual([]);
    expect(house.hosts.views).toEqual([]);
  });

  it('stay, and say so, when they cannot be forgotten', async () => {
    const house = await makeHouse();
    const desk = await house.pair('Desk');
    const remove = vi.spyOn(house.own.hosts, 'remove').mockRejectedValue(new Error('The disk is full.'));
    await expect(house.hosts.forget(desk.options.key.id)).rejects.toThrow('The disk is full.');
    remove.mockRestore();
    await quiet();
    expect(house.view(desk)?.step).toBe('ready');
  });
});
