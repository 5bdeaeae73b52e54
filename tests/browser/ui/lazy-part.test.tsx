import { ErrorBoundary, lazy, type JSX, type ParentProps } from 'solid-js';
import { render } from 'solid-js/web';
import { expect, onTestFinished, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { DialogFrame } from '../../../src/ui/parts/DialogFrame.tsx';
import '../../../src/ui/styles/app.css';
import { LazyPart } from '../../../src/ui/parts/LazyPart.tsx';
import { fetchPart } from '../../../src/ui/state/missing-part.ts';

/** A part whose server is away for the first `failures` times, in a page or in what is put around it. */
function show(
  failures: number,
  Around: (props: ParentProps) => JSX.Element = (props) => <>{props.children}</>,
) {
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
      <Around>
        <LazyPart onGiveUp={() => givenUp.push(true)}>
          <Part />
        </LazyPart>
      </Around>
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

const dialog = page.getByRole('dialog', { name: 'A dialog' });

test('within a dialog it is asked for again by mouse or by keyboard, and the dialog stays', async () => {
  let isClosed = false;
  show(2, (props) => (
    <DialogFrame title="A dialog" class="" isOpen onClose={() => (isClosed = true)}>
      {props.children}
    </DialogFrame>
  ));
  await expect.element(dialog).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(alert).toHaveTextContent('could not be fetched');
  await expect.element(dialog).toHaveFocus();
  await userEvent.keyboard('{Tab}{Tab}');
  await expect.element(page.getByRole('button', { name: 'Try again' })).toHaveFocus();
  await userEvent.keyboard('{Enter}');
  await expect.element(dialog.getByText('Here it is')).toBeVisible();
  await expect.element(dialog).toHaveFocus();
  expect(isClosed).toBe(false);
});

test('a part of the page is asked for again above an open dialog, which stays', async () => {
  let isClosed = false;
  show(1, (props) => (
    <div>
      {props.children}
      <DialogFrame title="A dialog" class="" isOpen onClose={() => (isClosed = true)}>
        <p>Something else</p>
      </DialogFrame>
    </div>
  ));
  await expect.element(dialog).toBeVisible();
  await expect.poll(() => document.body.style.pointerEvents).toBe('none');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.element(page.getByText('Here it is')).toBeInTheDocument();
  expect(isClosed).toBe(false);
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
