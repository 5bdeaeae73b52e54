import { beforeAll, expect, test } from 'vitest';
import { answers, commonMark, examples, gfm, mixtures } from '../../unit/markdown/examples.ts';
import { loadChunks, makeSheet, mountAnswer, prefixes } from './support.tsx';

function once(text: string): string {
  const sheet = makeSheet();
  sheet.finish(text);
  return sheet.root.innerHTML;
}

/** Feeds every prefix to one sheet, then ends it. */
function streamed(text: string): string {
  const sheet = makeSheet();
  for (const prefix of prefixes(text)) sheet.update(prefix);
  sheet.finish(text);
  return sheet.root.innerHTML;
}

beforeAll(loadChunks);

test.for([
  { name: 'CommonMark', texts: commonMark, atLeast: 650 },
  { name: 'GFM', texts: gfm, atLeast: 30 },
  { name: 'answers', texts: answers, atLeast: 25 },
  { name: 'mixtures of them', texts: mixtures(60, 3), atLeast: 60 },
])(
  '$name: streamed character by character, the page ends as if shown at once',
  { timeout: 60_000 },
  ({ texts, atLeast }) => {
    expect(texts.length).toBeGreaterThanOrEqual(atLeast);
    const different = texts.filter((text) => streamed(text) !== once(text));
    expect(different).toEqual([]);
  },
);

test('the component shows what the sheet shows', { timeout: 60_000 }, () => {
  const text = examples.slice(-40).join('\n\n');
  const answer = mountAnswer('', true);
  for (let end = 0; end <= text.length; end += 23) answer.setText(text.slice(0, end));
  answer.setText(text);
  answer.setStreaming(false);
  const blocks = [...answer.root.querySelectorAll('.md-block')].map((block) => block.innerHTML);
  const sheet = makeSheet();
  sheet.finish(text);
  expect(blocks).toEqual([...sheet.root.children].map((block) => block.innerHTML));
  expect(blocks.length).toBeGreaterThan(40);
});
