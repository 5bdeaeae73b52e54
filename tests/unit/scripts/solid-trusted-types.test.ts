import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { solidTrustedTypes, trustSolidTemplates } from '../../../scripts/solid-trusted-types.mjs';

const solidDom = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../../node_modules/solid-js/web/dist', name), 'utf8');

test.each(['web.js', 'dev.js'])("Solid's %s goes through the policy", (name) => {
  const trusted = trustSolidTemplates(solidDom(name));
  expect(trusted).not.toContain('t.innerHTML = html;');
  expect(trusted).toContain('hearthTemplates.createHTML(html)');
  expect(trusted.match(/createPolicy\('hearth-templates'/g)).toHaveLength(1);
});

test.each([
  ['never', 'export const template = () => {};'],
  ['twice', 't.innerHTML = html;\nt.innerHTML = html;'],
])('a module with the place %s is refused', (_often, code) => {
  expect(() => trustSolidTemplates(code)).toThrow('Expected "t.innerHTML = html" once');
});

/** Builds one module that imports `source`, without writing it anywhere. */
async function bundle(source: string): Promise<string> {
  const entry = '\0entry';
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    plugins: [
      solidTrustedTypes(),
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? entry : null),
        load: (id) => (id === entry ? source : null),
      },
    ],
    build: { write: false, minify: false, rolldownOptions: { input: 'entry' } },
  });
  return JSON.stringify(result);
}

test('a build with Solid in it has the policy', async () => {
  const code = await bundle("import { template } from 'solid-js/web'; globalThis.made = template('<p>');");
  expect(code).toContain('hearth-templates');
});

test('a build that Solid is not found in fails', async () => {
  await expect(bundle('globalThis.made = 1;')).rejects.toThrow('solid-js/web was not among the modules');
});
