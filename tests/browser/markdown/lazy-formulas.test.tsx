import { expect, test, vi } from 'vitest';
import { makeSheet } from './support.tsx';

const formulas = (root: Element): (string | undefined)[] =>
  [...root.querySelectorAll('annotation')].map((annotation) => annotation.textContent);

// In a file of its own: in this page nothing has asked for KaTeX yet.
test('formulas that came, stayed and changed before KaTeX did are typeset as they are then', async () => {
  const sheet = makeSheet();
  for (const text of [
    '- $x^2$',
    '- $x^2$\n- so $y_1$',
    '- $x^2$\n- so $y_2$ and',
    '- $x^2$\n- so $y_2$ and $z_3$',
  ]) {
    sheet.update(text);
  }
  const items = [...sheet.root.querySelectorAll('li')];
  expect(sheet.root.querySelectorAll('code.md-math')).toHaveLength(3);
  expect(formulas(sheet.root)).toEqual([]);
  await vi.waitFor(() => expect(formulas(sheet.root)).toEqual(['x^2', 'y_2', 'z_3']), { timeout: 20_000 });
  expect(sheet.root.querySelector('code')).toBeNull();
  sheet.update('- $x^2$\n- so $y_2$ and $z_3$\n- $w$');
  expect([...sheet.root.querySelectorAll('li')].slice(0, 2)).toEqual(items);
  expect(formulas(sheet.root)).toEqual(['x^2', 'y_2', 'z_3', 'w']);
});
