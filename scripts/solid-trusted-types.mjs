const solidDom = /[\\/]solid-js[\\/]web[\\/]dist[\\/](?:web|dev)\.js(?:\?|$)/;
const sink = 't.innerHTML = html';

// At the end of the module, so that the lines above keep their numbers: templates are made long after it has run.
const policy = `
const hearthTemplates = globalThis.trustedTypes?.createPolicy('hearth-templates', { createHTML: (html) => html });
`;

/**
 * Solid's DOM module with its `template()` going through a Trusted Types policy. The policy passes everything on: only
 * this module reaches it, and all that `template()` is given are constants that the compiler wrote.
 * @param {string} code
 */
export function trustSolidTemplates(code) {
  const places = code.split(sink).length - 1;
  if (places !== 1) {
    throw new Error(
      `Expected "${sink}" once in solid-js/web, found it ${places} times: look at its template().`,
    );
  }
  // A function, because a replacement string would give "$" a meaning.
  const trusted = 't.innerHTML = hearthTemplates ? hearthTemplates.createHTML(html) : html';
  return code.replace(sink, () => trusted) + policy;
}

/**
 * Makes solid-js work under `require-trusted-types-for 'script'`, which it does not by itself. The build fails when
 * the place to change cannot be found, rather than the app in the browser.
 * @returns {import('vite').Plugin}
 */
export function solidTrustedTypes() {
  let isSeen = false;
  /** @type {(code: string, id: string) => { code: string, map: null } | null} */
  const transform = (code, id) => {
    if (!solidDom.test(id)) return null;
    isSeen = true;
    return { code: trustSolidTemplates(code), map: null };
  };
  const name = 'hearth:solid-trusted-types';
  return {
    name,
    // `vite dev` bundles dependencies beforehand, with plugins of its own.
    config: () => ({ optimizeDeps: { rolldownOptions: { plugins: [{ name, transform }] } } }),
    transform,
    generateBundle() {
      if (!isSeen)
        this.error('solid-js/web was not among the modules: its templates would be refused by the browser.');
    },
  };
}
