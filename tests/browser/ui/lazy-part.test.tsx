import { lazy } from 'solid-js';
import { render } from 'solid-js/web';
import { expect, onTestFinished, test } from 'vitest';
import { page } from 'vitest/browser';
import { LazyPart } from '../../../src/ui/parts/LazyPart.tsx';

/** A part whose server is away for the first `failures` times. */
function show(failures: number) {
  const givenUp: true[] = [];
  let asked = 0;
  const Part = lazy(async () => {
    asked += 1;
    if (asked <= failures) throw new TypeError('Failed to fetch dynamically imported module');
    return { default: () => <p>Here it is</p> };
  });
  const root = document.createElement('div');
  document.body.append(root);
  const unmount = render(
    () => (
      <LazyPart onGiveUp={() => givenUp.push(true)}>
        <Part />
      </LazyPart>
    ),
    root,
  );
  onTestFinished(() => {
    unmount();
    root.remove();
  });
  return givenUp;
}

const alert = page.getByRole('alert');

test('a part that could not be fetched says so, and comes once it can', async () => {
  show(2);
  await expect.element(alert).toHaveTextContent('could not be fetched');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(alert).toHaveTextContent('could not be fetched');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByText('Here it is')).toBeVisible();
  await expect.element(alert).not.toBeInTheDocument();
});

test('a person can do without it', async () => {
  const givenUp = show(Number.POSITIVE_INFINITY);
  await page.getByRole('button', { name: 'Dismiss' }).click();
  expect(givenUp).toEqual([true]);
});
