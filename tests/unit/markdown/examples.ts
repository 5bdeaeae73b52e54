import spec from 'commonmark-spec/spec.txt?raw';

const EXAMPLE = /^`{32} example\n([\s\S]*?)^\.\n[\s\S]*?^`{32}$/gm;

/** The inputs of the examples of the CommonMark specification. */
export const commonMark: string[] = [
  ...spec.replace(/^<!-- END TESTS -->[\s\S]*/m, '').matchAll(EXAMPLE),
].map((match) => (match[1] ?? '').replaceAll('→', '\t'));

/** Written after the extensions' chapters of https://github.github.com/gfm/. */
export const gfm: string[] = [
  '| foo | bar |\n| --- | --- |\n| baz | bim |\n',
  '| abc | defghi |\n:-: | -----------:\nbar | baz\n',
  '| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |\n',
  '| abc | def |\n| --- | --- |\n| bar | baz |\n> bar\n',
  '| abc | def |\n| --- | --- |\n| bar | baz |\nbar\n\nbar\n',
  '| abc | def |\n| --- |\n| bar |\n',
  '| abc | def |\n| --- | --- |\n| bar |\n| bar | baz | boo |\n',
  '| abc | def |\n| --- | --- |\n',
  'text\na|b\n-|-\n1|2\n',
  'text\na|b\n-|-x\n1|2\n',
  'text\na|b|c\n-|-\n1|2\n\n- x\n',
  '| a<br>b | c<br/>d |\n|:--|--:|\n| *e* | `f` |\n\nafter\n',
  '- | a |\n  |---|\n  | 1 |\n- b\n',
  '~~Hi~~ Hello, ~there~ world!\n',
  'This ~~has a\n\nnew paragraph~~.\n',
  'This will ~~~not~~~ strike.\n',
  '20~25 and 30~35 and ~~gone\n',
  '- [ ] foo\n- [x] bar\n',
  '- [x] foo\n  - [ ] bar\n  - [x] baz\n- [ ] bim\n',
  '1. [X] one\n2. [ ] two\n3. [] three\n',
  'www.commonmark.org\n',
  'Visit www.commonmark.org/help for more information.\n',
  'Visit www.commonmark.org.\n\nVisit www.commonmark.org/a.b.\n',
  'www.google.com/search?q=Markup+(business)\n\n(www.google.com/search?q=Markup+(business))\n',
  'www.google.com/search?q=commonmark&hl=en\n\nwww.google.com/search?q=commonmark&hl;\n',
  'http://commonmark.org\n\n(Visit https://encrypted.google.com/search?q=Markup+(business))\n',
  'foo@bar.baz hello@mail+xyz.example isn’t valid, but hello+xyz@mail.example is.\n',
  'a.b-c_d@a.b\n\na.b-c_d@a.b.\n\na.b-c_d@a.b-\n\na.b-c_d@a.b_\n',
  'mailto:foo@bar.baz xmpp:foo@bar.baz/txt ftp://a.b/c\n',
  '<strong> <title> <style> <em>\n\n<blockquote>\n  <xmp> is disallowed.\n</blockquote>\n',
];

/** What models write, and where a splitter would cut too early. */
export const answers: string[] = [
  '1. a\n\n2. b\n\n3. c\n\nend\n',
  '- a\n\n- b\n\n  more\n\n      code\n\ntext\n',
  '- a\n-\n--\n---\n----\n',
  'foo\n-\n--\n---\nbar\n=\n==x\n',
  'foo\n```a`b\n```\ncode\n```x\n```\nafter\n',
  '```js\nlet a = 1;\n\n\nlet b;\n```\n\nSo.\n',
  '   ```py\n   if x:\n     y\n   ```\ntext\n~~~\ntilde\n```\n~~~~  \nafter\n',
  'text\n```\nnever closed\n\n# not a heading\n',
  "[foo]: /url 'title\nline two\n- still'\n\n[foo]\n",
  '[foo]: https://a.b "title\n\nnot"\n\n[foo]\n',
  'See [later] and [later][x].\n\n# Mid [later]\n\nplain\n\n[later]: https://example.org/1 "T"\n[x]: https://example.org/2\n',
  '[a]: https://one.example\n\n[a] one\n\n[a]: https://two.example\n\n[a] two\n',
  'Price: $5 and $10, or 20$ each; $5/month and 3$/day. But $x_1$ and $2$ and $7 \\bmod 3$.\n',
  'The sum:\n$$\na\n+ b\n- c\n= d\n$$\nwhere $a^2$ is.\n',
  '$$ x = \\frac{1}{2} $$\n\n\\[ \\int_0^1 f \\]\n\nand \\(a+b\\) inline, $$c$$ too.\n',
  '\\[\na\n+ b\n\n\\]\nnot a formula\n',
  '$$\n- one\n- two\n\nnot closed\n',
  '- item:\n  $$\n  a\n  + b\n  $$\n- next \\(x\\)\n',
  '> quote\nlazy\n> - a\n> - b\n\n> other\n---\n',
  'a\n<div>\n**b**\n\n</div>\n<!-- c\n\nd -->\n<script>\nx\n\n</script>\n<b>e</b>\n',
  'line one\r\nline two\r\n\r\n- a\r\n- b\r\r```\rcode\r```\r',
  '**bold _and *nested* text_ [link](https://a.b/c "t") ![image](https://a.b/i.png) `co``de`**\n\n[![alt](https://a.b/i.png)](https://c.d)\n',
  'Heading\n=======\n\nOther\n---\n\n###### six ######\n#hash\n',
  '| a |\n|---|\n| 1 |\n-\n--x\n',
  'x\n    lazy code\n\n    code\n\n    more\n\n\ty\n',
  '* * *\n*  *  * a\n_ _ _\n',
  'Roses are **red,\nviolets** are *blue*,  \n`sugar`\nis ~~sweet\nand~~<br>\nso\\\nare\n\n> you\n> two\n\n- a\n  b\n- c\n',
  'Then $$x$$\nor \\[ y \\] \n  hold, in 3~5 or 10~20 days[^1].\n\n[^1]: Wikipedia\n[^2]: https://example.org\n',
  '**注意：**请看**“重点”**，*（点头）*好。\n\n- **서울(Seoul)**은\n- ***「重要」***です。これは**「大事」**な\n',
  'emoji 👩‍👩‍👧 and עברית and العربية\n\nمرحبا **بك**\n',
];

export const examples: string[] = [...commonMark, ...gfm, ...answers];

/** A small seeded generator (mulberry32): the same mixtures at every run. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Examples set one after the other, with or without a blank line between them. */
export function mixtures(count: number, seed: number): string[] {
  const random = makeRandom(seed);
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? '';
  return Array.from({ length: count }, () =>
    Array.from({ length: 4 }, () => pick(examples) + pick(['', '\n', '\n\n'])).join(''),
  );
}
