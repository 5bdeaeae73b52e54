import { expect, onTestFinished, test } from 'vitest';

const POLICY =
  "require-trusted-types-for 'script'; trusted-types hearth hearth-templates dompurify; style-src-attr 'none'; img-src 'none'";

// The page and its chunks are transformed when they are first asked for.
const PATIENCE = { timeout: 10_000 };

test('rendering, colours and formulas need nothing that a strict policy forbids', async () => {
  const frame = document.createElement('iframe');
  const script = new URL('./strict-page.ts', import.meta.url);
  frame.srcdoc = `<!doctype html><meta http-equiv="Content-Security-Policy" content="${POLICY}"><body><script type="module" src="${script.href}"></script>`;
  document.body.append(frame);
  onTestFinished(() => frame.remove());
  const page = (): Document | null => frame.contentDocument;
  await expect.poll(() => page()?.querySelector('.hljs-keyword')?.textContent, PATIENCE).toBe('const');
  await expect.poll(() => page()?.querySelectorAll('.katex').length, PATIENCE).toBe(2);
  expect(page()?.querySelector('a')?.href).toBe('https://a.b/');
  // Styles that KaTeX sets, in the formula and in its copy: a fraction without them is one line of text.
  for (const formula of page()?.querySelectorAll('.katex-html') ?? []) {
    const raised = [...formula.querySelectorAll<HTMLElement>('.vlist > span')].filter(
      (span) => span.style.top !== '',
    );
    expect(raised.length).toBeGreaterThan(0);
  }
  expect([...(page()?.querySelectorAll('output') ?? [])].map((output) => output.textContent)).toEqual([]);
});
