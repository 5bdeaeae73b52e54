import { expect, test } from 'vitest';
import { makeBlockSplitter } from '../../../src/ui/markdown/blocks.ts';
import { renderBlocks } from '../../../src/ui/markdown/render.ts';

function markup(text: string): string {
  return renderBlocks(text, {}, true).blocks[0]?.markup.replaceAll(/<\/?p>|\n/g, '') ?? '';
}

const emphasised = [
  ['**注意：**请', '<strong>注意：</strong>请'],
  ['**注意：**Linux', '<strong>注意：</strong>Linux'],
  ['**“人工智能”**是', '<strong>“人工智能”</strong>是'],
  ['请看**“重点”**', '请看<strong>“重点”</strong>'],
  ['用**.NET**写', '用<strong>.NET</strong>写'],
  ['サーバー**「x」**a', 'サーバー<strong>「x」</strong>a'],
  ['**서울(Seoul)**은', '<strong>서울(Seoul)</strong>은'],
  [
    '**「重要」**です。これは**「大事」**な',
    '<strong>「重要」</strong>です。これは<strong>「大事」</strong>な',
  ],
  ['**「重要」**です。これは**大事**な', '<strong>「重要」</strong>です。これは<strong>大事</strong>な'],
  ['**`code`**は', '<strong><code>code</code></strong>は'],
  ['**`a**b`**は', '<strong><code>a**b</code></strong>は'],
  ['*（点头）*好', '<em>（点头）</em>好'],
] as const;
const nested = [
  ['***注意：***请', '<em><strong>注意：</strong></em>请'],
  ['**外*内*外**', '<strong>外<em>内</em>外</strong>'],
] as const;

test.for([...emphasised, ...nested])(
  'what is marked without spaces is emphasised: %s',
  ([text, expected]) => {
    expect(markup(text)).toBe(expected);
  },
);

test.for(emphasised)('and shows no mark while it is streamed: %s', ([text]) => {
  const splitter = makeBlockSplitter({ now: () => 0 });
  for (let end = 1; end <= text.length; end++) {
    const shown = splitter.update(text.slice(0, end)).map((block) => block.markup);
    const words = shown.join('').replaceAll(/<code>.*?<\/code>|<[^>]+>/g, '');
    // A mark with nothing after it yet is nothing yet.
    expect(words.trimEnd().replace(/[*`]+$/, '')).not.toContain('*');
  }
});

test.for([
  ['长*宽（米）*高', '长*宽（米）*高'],
  ['删除*.log和*.tmp', '删除*.log和*.tmp'],
  // Where a mark is missing, those that are left do not reach over the end of a clause.
  ['标题 **：内容，**重点**内容', '标题 **：内容，<strong>重点</strong>内容'],
  ['a**(b)**c', 'a**(b)**c'],
  ['a **"b"** (**c**)', 'a <strong>&quot;b&quot;</strong> (<strong>c</strong>)'],
] as const)('other signs and other scripts stay as they are: %s', ([text, expected]) => {
  expect(markup(text)).toBe(expected);
});
