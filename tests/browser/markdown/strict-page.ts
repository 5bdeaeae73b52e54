import { makeBlockSplitter } from '../../../src/ui/markdown/blocks.ts';
import { showBlock } from '../../../src/ui/markdown/show-block.ts';

// Runs in a page of its own, under the app's content security policy; the test looks at what is in it.
document.addEventListener('securitypolicyviolation', (event) => {
  const violation = document.createElement('output');
  violation.textContent = `${event.violatedDirective} ${event.blockedURI} ${event.sample}`;
  document.body.append(violation);
});

// Vitest wraps every dynamic import in a call that only its own pages have.
Object.assign(globalThis, {
  __vitest_browser_runner__: { wrapDynamicImport: (load: () => Promise<unknown>) => load() },
});

const text =
  'A [link](https://a.b) and **bold** $\\frac{x}{2}$.\n\n```js\nconst a = 1;\n```\n\n- $\\frac{x}{2}$ again\n';
for (const block of makeBlockSplitter().finish(text)) {
  const element = document.createElement('div');
  document.body.append(element);
  showBlock(element, block, null);
}
