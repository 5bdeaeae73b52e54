import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { loadChunks, mountAnswer } from './support.tsx';

const answer = [
  '# Title',
  'A paragraph with **bold** and $x^2$.',
  '1. one\n\n2. two\n\n   more',
  '```js\nconst a = 1;\n\nconst b = 2;\n```',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  '> a quote\n> of two lines',
  'The end, with `code`.',
].join('\n\n');

function blocksOf(root: Element): Element[] {
  return [...root.querySelectorAll('.md-block')];
}

/** Everything under these elements, themselves included. */
function nodesUnder(elements: Element[]): Node[] {
  return elements.flatMap((element) => {
    const nodes: Node[] = [element];
    const walker = document.createTreeWalker(element);
    while (walker.nextNode()) nodes.push(walker.currentNode);
    return nodes;
  });
}

beforeAll(loadChunks);
// No time passes, so that a busy machine does not make the splitter rest.
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

test('the nodes of finished blocks stay while the answer grows, and when it ends', () => {
  const { root, setText, setStreaming } = mountAnswer('', true);
  let finished: Node[] = [];
  let most = 0;
  for (let end = 1; end <= answer.length; end++) {
    setText(answer.slice(0, end));
    const blocks = blocksOf(root);
    // A list is not finished while the number of its next item stands alone as a paragraph after it.
    const nodes = nodesUnder(blocks.slice(0, -2));
    // Colouring a fence that has just ended replaces its text by coloured text, once: its frame stays.
    expect(finished.filter((node) => !root.contains(node) && !(node instanceof Text))).toEqual([]);
    if (blocks.length > most) {
      most = blocks.length;
      finished = nodes;
    }
  }
  expect(most).toBe(7);
  const before = nodesUnder(blocksOf(root).slice(0, -1));
  setStreaming(false);
  expect(nodesUnder(blocksOf(root).slice(0, -1))).toEqual(before);
});

test('nothing is written into a finished block', () => {
  const { root, setText, setStreaming } = mountAnswer(`${answer}\n\n`, true);
  const finished = blocksOf(root);
  expect(finished).toHaveLength(7);
  // The last of them is a paragraph, which is closed by the text after it only.
  setText(`${answer}\n\nMore`);
  const watched = new MutationObserver(() => undefined);
  for (const block of finished) {
    watched.observe(block, { subtree: true, childList: true, characterData: true, attributes: true });
  }
  const addition = '\n\n- x\n- **y** [z](https://a.b)\n\n```py\nprint(1)\n```\n\nlast $y$';
  for (let end = 1; end <= addition.length; end++) setText(`${answer}\n\nMore${addition.slice(0, end)}`);
  setStreaming(false);
  expect(watched.takeRecords()).toEqual([]);
  expect(blocksOf(root).slice(0, 7)).toEqual(finished);
  expect(blocksOf(root)).toHaveLength(11);
});

test('a definition at the end renders again only the blocks that refer to it', () => {
  const text = 'See [it].\n\nPlain [no ref](https://a.b).\n\n[it]: https://example.org';
  const { root, setText, setStreaming } = mountAnswer('', true);
  for (let end = 1; end <= text.length; end++) setText(text.slice(0, end));
  const plain = blocksOf(root)[1]?.firstChild;
  expect(blocksOf(root)[0]?.querySelector('a')).toBeNull();
  setStreaming(false);
  expect(blocksOf(root)[0]?.querySelector('a')?.href).toBe('https://example.org/');
  expect(blocksOf(root)[1]?.firstChild).toBe(plain);
});

test('an open fence grows by appending to one text node', () => {
  const { root, setText } = mountAnswer('```js\nlet a', true);
  const text = root.querySelector('pre code')?.firstChild;
  expect(text).toBeInstanceOf(Text);
  const watched = new MutationObserver(() => undefined);
  watched.observe(root, { subtree: true, childList: true });
  const code = 'let a = 1;\n\nlet b = 2;\n';
  for (let end = 5; end <= code.length; end++) setText(`\`\`\`js\n${code.slice(0, end)}`);
  expect(watched.takeRecords()).toEqual([]);
  expect(text?.textContent).toBe('let a = 1;\n\nlet b = 2;');
});

test('other text starts over; more text after the end goes on', () => {
  const { root, setText, setStreaming } = mountAnswer('# One\n\ntext', false);
  const heading = root.querySelector('h1');
  setStreaming(true);
  setText('# One\n\ntext goes on');
  expect(root.querySelector('h1')).toBe(heading);
  expect(root.querySelector('p')?.textContent).toBe('text goes on');
  setText('Two');
  expect(root.textContent.trim()).toBe('Two');
});
