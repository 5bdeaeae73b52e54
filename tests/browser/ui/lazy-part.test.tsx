import { ErrorBoundary, lazy } from 'solid-js';
import { render } from 'solid-js/web';
import { expect, onTestFinished, test } from 'vitest';
import { page } from 'vitest/browser';
import { LazyPart } from '../../../src/ui/parts/LazyPart.tsx';
import { fetchPart } from '../../../src/ui/state/missing-part.ts';

/** A part whose server is away for the first `failures` times. */
function show(failures: number) {
  const givenUp: true[] = [];
  let asked = 0;
  const Part = lazy(async () => {
    asked += 1;
    const missing = new TypeError('Failed to fetch dynamically imported module');
    return fetchPart(
      asked <= failures ? Promise.reject(missing) : Promise.resolve({ default: () => <p>Here it is</p> }),
    );
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

test('a fault in a part is not taken for a part that is missing', async () => {
  const Faulty = (): never => {
    throw new TypeError('A fault');
  };
  const root = document.createElement('div');
  document.body.append(root);
  const unmount = render(
    () => (
      <ErrorBoundary fallback={(error: Error) => <p>{error.message}</p>}>
        <LazyPart>
          <Faulty />
        </LazyPart>
      </ErrorBoundary>
    ),
    root,
  );
  onTestFinished(() => {
    unmount();
    root.remove();
  });
  await expect.element(page.getByText('A fault')).toBeVisible();
  await expect.element(alert).not.toBeInTheDocument();
});
