import { describe, expect, test } from 'vitest';
import { completeTail } from '../../../src/ui/markdown/complete-tail.ts';
import { UNFINISHED } from '../../../src/ui/markdown/math.ts';
import { renderBlocks } from '../../../src/ui/markdown/render.ts';

function markup(text: string): string {
  return renderBlocks(text, {}, true)
    .blocks.map((block) => block.markup)
    .join('')
    .trim();
}

describe('rendering', () => {
  test('links go to http, https and mailto only, and carry nothing back', () => {
    expect(markup('[a](https://b.c "t")')).toBe(
      '<p><a rel="noopener noreferrer nofollow" target="_blank" href="https://b.c" title="t">a</a></p>',
    );
    expect(markup('<me@b.c>')).toContain('href="mailto:me@b.c"');
    for (const address of [
      'javascript:x',
      'JAVASCRIPT:x',
      'data:x',
      '/path',
      '#id',
      '//b.c',
      'ftp://b.c',
      'https:b',
    ]) {
      expect(markup(`[a](${address})`)).toBe('<p><span class="md-no-link">a</span></p>');
    }
  });

  test('raw HTML is text, but a line break is a line break', () => {
    expect(markup('a <b>c</b> <!-- d -->')).toBe('<p>a &lt;b&gt;c&lt;/b&gt; &lt;!-- d --&gt;</p>');
    expect(markup('<div>\n**b**\n</div>')).toBe('<p>&lt;div&gt;<br><strong>b</strong><br>&lt;/div&gt;</p>');
    expect(markup('a<br>b<BR />c')).toBe('<p>a<br>b<br>c</p>');
  });

  test.for(['3~5天，复杂的要10~20天', '3~5 days, or 10~20 days', '~there~ is nothing between single tildes'])(
    'a range is not struck out: %s',
    (text) => {
      expect(markup(text)).toBe(`<p>${text}</p>`);
    },
  );

  test('two tildes strike out, a range between them too', () => {
    expect(markup('a ~~b~~ ~~3~5~~')).toBe('<p>a <del>b</del> <del>3~5</del></p>');
  });

  test('a footnote of one word is shown', () => {
    expect(markup('So[^1].\n\n[^1]: Wikipedia\n[^2]: https://a.b "t"')).toMatch(
      /^<p>So\[\^1\]\.<\/p>\n<p>\[\^1\]: Wikipedia<br>\[\^2\]: <a .*>https:\/\/a\.b<\/a> &quot;t&quot;<\/p>$/,
    );
  });

  test('an image in a link is not a link in a link', () => {
    expect(markup('[![a](https://b.c/i.png)](https://d.e)').match(/<a /g)).toHaveLength(1);
  });

  test('a title of a definition ends at a blank line', () => {
    expect(markup('[a]: https://b.c "t\n\nu"\n\n[a]')).toContain('[a]: ');
  });

  test('definitions known from before are used, and the first of a name wins', () => {
    const { links } = renderBlocks('[a]: https://one.example\n[A]: https://two.example', {}, true);
    expect(renderBlocks('[a]', links, true).blocks[0]?.markup).toContain('https://one.example');
  });

  test('the language of a fence is a plain word', () => {
    const [block] = renderBlocks('```js" onclick="x\ncode\n```', {}, true).blocks;
    expect(block?.markup).toContain('class="hljs md-text language-js"');
    expect(block?.text).toBe('code');
  });
});

describe('the completed tail', () => {
  test.for([
    ['a **b', 'a **b**'],
    ['a `b', 'a `b`'],
    ['so $x^2', `so $x^2${UNFINISHED}$`],
    ['so \\(x', `so \\(x${UNFINISHED}\\)`],
    ['$$\nx\n+ y\n', `$$\nx\n+ y${UNFINISHED}$$`],
    ['costs $5', 'costs $5'],
    ['costs $5 and x_1', 'costs $5 and x_1'],
    ['`$x_1`', '`$x_1`'],
    ['$$x$$ and', '$$x$$ and'],
    ['a < b <c', 'a < b <c'],
    ['a **b\n', 'a **b**'],
    ['- a *b\n  ', '- a *b*'],
    ['> a *b\n> ', '> a *b*'],
  ] as const)('%j', ([text, completed]) => {
    expect(completeTail(text)).toBe(completed);
  });
});
