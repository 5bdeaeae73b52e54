import { afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { loadChunks, makeSheet, mountAnswer } from './support.tsx';

beforeAll(loadChunks);
// No time passes, so that a busy machine does not make the splitter rest.
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

function find(root: Element, selector: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`There is no ${selector}.`);
  return found;
}

/** Lets an answer grow by this, a character at a time. */
function grow(setText: (text: string) => void, text: string, addition: string): void {
  for (let end = 0; end <= addition.length; end++) setText(text + addition.slice(0, end));
}

test.for([
  { name: 'a list', text: '- the **first** item\n- $x^2$ is ', word: 'first' },
  { name: 'a numbered list with paragraphs', text: '1. the first item\n\n   more\n\n2. b', word: 'first' },
  { name: 'a quote', text: '> the first line\n> and ', word: 'line' },
  { name: 'a table', text: '| the | first |\n|---|---|\n| a | b |\n| c', word: 'first' },
  { name: 'a paragraph', text: 'the first line\nand ', word: 'line' },
])('what is selected in $name stays selected while it grows', ({ text, word }) => {
  const { root, setText, setStreaming } = mountAnswer(text, true);
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && !walker.currentNode.textContent?.includes(word));
  const at = walker.currentNode.textContent?.indexOf(word) ?? 0;
  getSelection()?.setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + word.length);
  onTestFinished(() => getSelection()?.removeAllRanges());
  grow(setText, text, 'more *words* and `code`');
  setStreaming(false);
  expect(getSelection()?.toString()).toBe(word);
  expect(root.querySelector('code')).not.toBeNull();
});

test('the end of a text that shrinks leaves what is selected before it', () => {
  const { root, setText } = mountAnswer('so **many', true);
  const first = find(root, 'p').firstChild as Text;
  getSelection()?.setBaseAndExtent(first, 0, first, 2);
  onTestFinished(() => getSelection()?.removeAllRanges());
  for (const text of ['so **many** [li', 'so **many**\n- ', 'so many words', 'so']) setText(text);
  expect(find(root, 'p').textContent).toBe('so');
  expect(getSelection()?.toString()).toBe('so');
});

const codeInList = '- run this:\n\n  ```js\n  const a = 1;\n  ```\n\n- then ';

test('a button below code in a list stays, with the focus and with what it says', async () => {
  const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  const { root, setText, setStreaming } = mountAnswer(codeInList, true);
  const button = find(root, '.md-copy');
  button.focus();
  button.click();
  await expect.poll(() => button.textContent).toBe('Copied');
  grow(setText, codeInList, 'this:\n\n  ```js\n  const b = 2;\n  ```\n\n- and more');
  expect(document.activeElement).toBe(button);
  expect(button.textContent).toBe('Copied');
  expect(find(root, '[role=status]').textContent).toBe('Copied');
  const buttons = root.querySelectorAll<HTMLElement>('.md-copy');
  expect(buttons).toHaveLength(2);
  buttons[1]?.click();
  await expect.poll(() => written.mock.lastCall).toEqual(['const b = 2;']);
  setStreaming(false);
  expect(document.activeElement).toBe(button);
});

test('code in a list is coloured once it has ended, and once only', () => {
  const { root, setText, setStreaming } = mountAnswer(codeInList, true);
  const code = find(root, 'pre code');
  grow(setText, codeInList, 'more, see [it]');
  expect(code.childElementCount).toBe(0);
  // What ends the list closes it; a definition at the end shows it again.
  setText(`${codeInList}more, see [it]\n\n# Title\n\n`);
  const keyword = find(root, '.hljs-keyword');
  expect(code.contains(keyword)).toBe(true);
  setText(`${codeInList}more, see [it]\n\n# Title\n\n[it]: https://a.b`);
  expect(code.contains(keyword)).toBe(true);
  setStreaming(false);
  expect(root.querySelector('li a')).not.toBeNull();
  expect(code.isConnected).toBe(true);
  expect([...code.querySelectorAll('.hljs-keyword')].map((word) => word.textContent)).toEqual(['const']);
  expect(code.textContent).toBe('const a = 1;');
});

test('a wide table stays where it was scrolled to, and keeps the focus', () => {
  const text = `| ${'wide'.repeat(99)} | b |\n|---|---|\n| 1 | `;
  const { root, setText } = mountAnswer(text, true);
  root.style.inlineSize = '300px';
  const frame = find(root, '.md-table');
  frame.scrollLeft = 150;
  frame.focus();
  grow(setText, text, '2 |\n| 3 | **4** |\n');
  expect(root.querySelectorAll('td')).toHaveLength(4);
  expect(find(root, '.md-table').scrollLeft).toBe(150);
  expect(document.activeElement).toBe(find(root, '.md-table'));
});

test('formulas in a list that grows are typeset once, also those that come with it', () => {
  const text = '- $a^2$\n- ';
  const { root, setText } = mountAnswer(text, true);
  const formula = find(root, '.katex');
  grow(setText, text, '$b^2$ and $\\frac{1}{2');
  expect(root.querySelectorAll('.katex')).toHaveLength(2);
  grow(setText, text, '$b^2$ and $\\frac{1}{2}$\n- end');
  expect(root.querySelectorAll('.katex')).toHaveLength(3);
  expect(find(root, '.katex')).toBe(formula);
});

test('a formula that changes is not left as it was', () => {
  const sheet = makeSheet();
  sheet.update('- so $x_1$');
  expect(sheet.root.querySelector('annotation')?.textContent).toBe('x_1');
  sheet.update('- so $x_2$');
  expect(sheet.root.querySelector('annotation')?.textContent).toBe('x_2');
});
