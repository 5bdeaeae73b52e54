import 'fake-indexeddb/auto';
import { expect, it, vi } from 'vitest';
import { newId } from '../../../src/shared/ids.ts';
import { FakeChannels } from '../../support/fake-channels.ts';
import { FakeLocks } from '../../support/fake-locks.ts';
import { makeTestCore } from '../../support/make-test-core.ts';
import { ManualEngine } from '../../support/manual-engine.ts';
import { sampleGeneration } from '../store/samples.ts';

it('what is kept of a program is found by search, and made known to it once', async () => {
  const { core } = makeTestCore({
    engine: new ManualEngine(),
    locks: new FakeLocks(),
    channels: new FakeChannels(),
    database: newId(),
  });
  await core.ready();
  const again = vi.spyOn(core.store, 'index');
  await core.library.keep({
    turns: [{ role: 'user', text: 'Where are lemons from?' }],
    text: 'From Assam.',
    generation: sampleGeneration(),
  });
  expect(await core.library.search('assam')).toMatchObject([{ title: 'Where are lemons from?' }]);
  expect(again).not.toHaveBeenCalled();
});
