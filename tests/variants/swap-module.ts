import type { Plugin } from 'vite';

/** Builds the app with one of its modules replaced. Fails when the module was not met: a variant must differ. */
export function swapModule(ending: string, replacement: string): Plugin {
  let met = false;
  return {
    name: 'swap-module',
    enforce: 'pre',
    resolveId(source, importer) {
      const [path = '', query] = source.split('?');
      // The replacement may build on what it replaces.
      if (!path.endsWith(ending) || importer === replacement) return null;
      met = true;
      return query === undefined ? replacement : `${replacement}?${query}`;
    },
    buildEnd() {
      if (!met) this.error(`No import ends in ${ending}: the variant would be the app itself.`);
    },
  };
}
