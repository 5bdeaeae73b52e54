import { expect, test } from 'vitest';
import { markMatches } from '../../../src/ui/state/mark-matches.ts';
import { fileNameOf } from '../../../src/ui/state/save-file.ts';

const marked = (excerpt: string, query: string) =>
  markMatches(excerpt, query)
    .map((piece) => (piece.match ? `[${piece.text}]` : piece.text))
    .join('');

test('the beginnings of words are marked, in any case', () => {
  expect(marked('The hearth of the Earth', 'ear')).toBe('The hearth of the [Ear]th');
});

test('the longest of several words wins', () => {
  expect(marked('hearths', 'he hearth')).toBe('[hearth]s');
});

test('what means something to a pattern or to HTML is text', () => {
  expect(marked('a.b (c) <b>', 'a.b (<b>')).toBe('[a].[b] (c) <[b]>');
  expect(marked('plain', '.*')).toBe('plain');
});

test('letters of other scripts are letters', () => {
  expect(marked('رسالة إلى صديق', 'صديق')).toBe('رسالة إلى [صديق]');
  expect(marked('Über Äpfel', 'äpf')).toBe('Über [Äpf]el');
});

test('a letter keeps its marks', () => {
  expect(marked('तब नमस्ते कहा', 'नमस्ते')).toBe('तब [नमस्ते] कहा');
  expect(fileNameOf('हिन्दी में: कविता?', 'md')).toBe('हिन्दी में कविता.md');
});

test('nothing is lost or added', () => {
  const pieces = markMatches('one two one', 'one');
  expect(pieces.map((piece) => piece.text).join('')).toBe('one two one');
});
