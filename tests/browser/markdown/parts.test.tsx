import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadChunks, makeSheet, mountAnswer } from './support.tsx';

describe('while an answer is streamed', () => {
  test('no half of a mark is shown', () => {
    const text =
      'It is **very bold**, *slanted*, `code span`, ~~gone~~ and [a link](https://example.org/path).';
    const sheet = makeSheet();
    for (let end = 1; end <= text.length; end++) {
      sheet.update(text.slice(0, end));
      // A mark with nothing after it yet is nothing yet.
      expect(sheet.root.textContent.trimEnd().replace(/[*`~[]+$/, '')).not.toMatch(/[*`~(]/);
    }
  });

  test('a heading does not flash while its list or rule begins', () => {
    const sheet = makeSheet();
    for (const end of ['-', '--', '- ', '- a']) {
      sheet.update(`a paragraph\n${end}`);
      expect(sheet.root.querySelector('h1, h2')).toBeNull();
    }
  });

  test('the name of a language is shown when it is whole', () => {
    const sheet = makeSheet();
    const languages = new Set<string>();
    const text = '```python\nx = 1\n```\n';
    for (let end = 3; end <= text.length; end++) {
      sheet.update(text.slice(0, end));
      languages.add(sheet.root.querySelector('.md-code-language')?.textContent ?? 'none');
      expect(sheet.root.querySelector('pre code')?.textContent).not.toContain('`');
    }
    expect([...languages]).toEqual(['', 'python']);
  });

  test('an unfinished formula is its source, a finished one is typeset', async () => {
    await loadChunks();
    const sheet = makeSheet();
    sheet.update('So $\\frac{a}{b');
    expect(sheet.root.querySelector('.katex')).toBeNull();
    expect(sheet.root.querySelector('code')?.textContent).toBe('\\frac{a}{b');
    sheet.update('So $\\frac{a}{b}$');
    expect(sheet.root.querySelector('.katex annotation')?.textContent).toBe('\\frac{a}{b}');
  });
});

describe('code', () => {
  beforeAll(loadChunks);

  test('is coloured where its language is known, and never guessed', () => {
    const sheet = makeSheet();
    sheet.finish('```ts\nconst a = 1;\n```\n\n```unheard-of\nconst a = 1;\n```\n\n```\nconst a = 1;\n```');
    const [known, unknown, none] = sheet.root.querySelectorAll('pre code');
    expect(known?.querySelector('.hljs-keyword')?.textContent).toBe('const');
    expect(known?.className).toBe('hljs md-text language-ts');
    expect(unknown?.childElementCount).toBe(0);
    expect(none?.childElementCount).toBe(0);
    expect(unknown?.textContent).toBe('const a = 1;');
  });

  test('is the same text coloured as plain', () => {
    const code = 'const a = `<b>${c && "d"}</b>` + \'e\' + "&amp;lt;"; // < > & " \'';
    const sheet = makeSheet();
    sheet.finish(`\`\`\`js\n${code}\n\`\`\``);
    const element = sheet.root.querySelector('pre code');
    expect(element?.textContent).toBe(code);
    expect(element?.querySelectorAll('span').length).toBeGreaterThan(4);
  });

  test('inside a list is coloured too', () => {
    const sheet = makeSheet();
    sheet.finish('- item\n\n  ```py\n  def f(): pass\n  ```');
    expect(sheet.root.querySelector('li pre .hljs-keyword')?.textContent).toBe('def');
  });

  test('past the limit stays plain', () => {
    const sheet = makeSheet();
    sheet.finish(`\`\`\`js\n${'let a;\n'.repeat(8000)}\`\`\``);
    expect(sheet.root.querySelector('pre code')?.childElementCount).toBe(0);
  });

  test('keeps its size when colours arrive', () => {
    const { root, setText } = mountAnswer('```js\nconst answer = "text"; // why\n', true);
    const size = (): string | undefined => {
      const box = root.querySelector('.md-code')?.getBoundingClientRect();
      return box && `${box.width} x ${box.height}`;
    };
    const plain = size();
    setText('```js\nconst answer = "text"; // why\n```\n');
    expect(root.querySelector('.hljs-string')).not.toBeNull();
    expect(size()).toBe(plain);
  });

  test('is copied by its button, without colours', async () => {
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
    onTestFinished(() => written.mockRestore());
    const { root } = mountAnswer('```js\nconst a = 1;\nlet b;\n```', false);
    const button = root.querySelector('button');
    expect(button?.textContent).toBe('Copy code');
    expect(root.querySelector('[role=status]')?.textContent).toBe('');
    button?.click();
    await expect.poll(() => button?.textContent).toBe('Copied');
    expect(written).toHaveBeenCalledExactlyOnceWith('const a = 1;\nlet b;');
    expect(root.querySelector('[role=status]')?.textContent).toBe('Copied');
  });

  test('says so when it cannot be copied', async () => {
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockRejectedValue(new Error('refused'));
    onTestFinished(() => written.mockRestore());
    const { root } = mountAnswer('```\na\n```', false);
    root.querySelector('button')?.click();
    await expect.poll(() => root.querySelector('button')?.textContent).toBe('Not copied');
  });
});

describe('formulas', () => {
  beforeAll(loadChunks);

  test.for([
    '$x^2$',
    '\\(x^2\\)',
    '$$x^2$$',
    '\\[x^2\\]',
    'text\n$$\nx\n+ 2\n$$\ntext',
    '- a $x$\n- \\[\n  y\n  \\]',
  ])('are typeset, with MathML beside: %s', (text) => {
    const sheet = makeSheet();
    sheet.finish(text);
    expect(sheet.root.querySelector('.katex math annotation')).not.toBeNull();
    expect(sheet.root.querySelector('ul li ul')).toBeNull();
    expect(sheet.root.textContent).not.toContain('$');
  });

  test.for([
    '$5 and $10',
    'from $5 to 10$ each',
    'US$ 5, A$ 6',
    '\\$x\\$',
    '`$x$`',
    '$ x $',
    '$5/month and 3$/day',
  ])('are not what prices and code are: %s', (text) => {
    const sheet = makeSheet();
    sheet.finish(text);
    expect(sheet.root.querySelector('.katex, .md-math')).toBeNull();
  });

  test('that KaTeX refuses stay as their source', () => {
    const sheet = makeSheet();
    sheet.finish('$\\frac{1$ and $\\nosuchcommand{x}$');
    expect([...sheet.root.querySelectorAll('code')].map((code) => code.textContent)).toEqual([
      '\\frac{1',
      '\\nosuchcommand{x}',
    ]);
  });
});

describe('tables and tasks', () => {
  test('a table can be scrolled with the keyboard', () => {
    const sheet = makeSheet();
    sheet.finish('| a | b |\n|:-:|--:|\n| 1<br>2 | 3 |');
    const frame = sheet.root.querySelector('.md-table');
    expect(frame?.getAttribute('tabindex')).toBe('0');
    expect(frame?.getAttribute('aria-label')).toBe('Table');
    expect(frame?.querySelector('td br')).not.toBeNull();
    expect(frame?.querySelectorAll('[align]')).toHaveLength(4);
  });

  test('tasks are boxes that say what they are and cannot be ticked', () => {
    const sheet = makeSheet();
    sheet.finish('- [ ] one\n- [x] two');
    const boxes = [...sheet.root.querySelectorAll('input')];
    expect(boxes.map((box) => [box.ariaLabel, box.checked, box.disabled])).toEqual([
      ['To do', false, true],
      ['Done', true, true],
    ]);
  });
});
