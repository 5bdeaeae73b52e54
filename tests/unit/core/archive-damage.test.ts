import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/shared/errors.ts';
import { makeArchive } from '../../../src/worker/archive/archive.ts';
import type { FakeTab } from '../../support/fake-tab.ts';
import { everything, file, header, openDevice, savedChat } from './archive-device.ts';

let tab: FakeTab;

beforeEach(async () => {
  tab = await openDevice();
});

describe('another kind of file', () => {
  it.each([
    ['nothing', new Blob([])],
    ['a picture', new Blob([Uint8Array.from({ length: 5000 }, (_, index) => index % 256)])],
    ['other JSON', file({ conversations: [] })],
    ['lines of something else', file({ format: 'other', version: 1 }, savedChat())],
  ])('%s is refused, and says so', async (_, blob) => {
    await expect(tab.api.addArchive(blob)).rejects.toMatchObject({
      code: 'bad-input',
      message: 'This is no file of conversations that Hearth saved.',
    });
  });

  it('one of a newer Hearth is not misread', async () => {
    await expect(tab.api.addArchive(file({ ...header, version: 2 }))).rejects.toMatchObject({
      message: expect.stringContaining('A newer Hearth') as string,
    });
  });

  it('no file at all', async () => {
    await expect(tab.api.addArchive('a string' as unknown as Blob)).rejects.toMatchObject({
      code: 'bad-input',
    });
  });
});

describe('a damaged conversation costs only itself:', () => {
  const good = savedChat();
  const cut = JSON.stringify(savedChat()).slice(0, -9);
  const doubled = savedChat();
  const [circle, strange] = [savedChat(), savedChat()];
  const [a, b] = circle.messages;
  if (a && b) Object.assign(a, { parentId: b.id });

  it.each<[string, unknown, RegExp]>([
    ['cut off', cut, /damaged, or the file ends/],
    ['no object', 7, /holds no conversation|missing or wrong/],
    ['no title', savedChat({ title: 5 }), /conversation\.title is missing or wrong/],
    ['a date that is none', savedChat({ updatedAt: 1e300 }), /a date in it is none/],
    ['a foreign id', savedChat({}, { id: '../../x' }), /an id in it is none|answers one/],
    ['no messages', { ...savedChat(), messages: [] }, /no messages/],
    ['a role that is none', savedChat({}, { role: 'system' }), /role is missing or wrong/],
    ['a message too long', savedChat({}, { text: 'x'.repeat(2_000_001) }), /too long/],
    ['a message twice', { ...doubled, messages: [...doubled.messages, ...doubled.messages] }, /twice/],
    ['messages in a circle', circle, /circle/],
    [
      'a message of another',
      { ...strange, messages: [...strange.messages, ...savedChat().messages] },
      /belongs to another/,
    ],
  ])('%s', async (_, line, reason) => {
    const report = await tab.api.addArchive(file(header, line, good));
    expect(report).toMatchObject({ added: 1, refused: 1 });
    expect(report.problems[0]).toMatch(reason);
    expect(report.problems[0]).toContain('Conversation 1: ');
    expect(await everything(tab)).toHaveLength(1);
  });
});

it('on a disk that gets full in the middle, what came before is here, and it says so', async () => {
  const results = ['added', 'added', new AppError('storage-full', 'The disk is full.')];
  const archive = makeArchive(
    {
      conversations: { conversations: {} },
      takeIn: async (saved) => {
        const result = results.shift();
        if (result instanceof AppError) throw result;
        return saved.map(() => 'added' as const);
      },
    },
    { readMessages: async () => [] },
  );
  const long = Array.from({ length: 350 }, () => savedChat());
  await expect(archive.add(file(header, ...long))).rejects.toMatchObject({
    code: 'storage-full',
    message: expect.stringMatching(/^The disk is full. Before that, 200 of/) as string,
  });
});

it.each([
  [
    'cannot be read',
    new DOMException('The file could not be read.', 'NotReadableError'),
    'This file could not be read to its end. (The file could not be read.)',
  ],
  ['has a line too long', new AppError('bad-input', 'A line is too long.'), 'A line is too long.'],
])('of a file that %s further on, what comes before is here, and it says so', async (_, failure, reason) => {
  const blob = file(header, savedChat(), savedChat());
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  void writer.write(await blob.bytes()).then(() => writer.abort(failure));
  const broken = new Blob();
  broken.stream = () => readable;
  await expect(tab.api.addArchive(broken)).rejects.toMatchObject({
    code: 'bad-input',
    message: `${reason} Before that, 2 of the file’s conversations were taken in.`,
  });
  expect(await everything(tab)).toHaveLength(2);
});

it('of a thousand problems it tells ten, and counts the others', async () => {
  const lines = Array.from({ length: 1000 }, () => ({}));
  const report = await tab.api.addArchive(file(header, ...lines, savedChat()));
  expect(report).toMatchObject({ added: 1, refused: 1000 });
  expect(report.problems).toHaveLength(10);
});
