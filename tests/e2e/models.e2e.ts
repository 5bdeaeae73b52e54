import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Locator, Page } from '@playwright/test';
import { startServer } from '../support/app-server.ts';
import { answerTimeout, ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';
import { bigFolder, startModelHouse, type ModelHouse } from '../support/model-house.ts';

/** Two busy cores. */
const slow = { timeout: 30_000 };
const folder2023 = fileURLToPath(new URL('../support/folders/pocket-2023', import.meta.url));

async function openModels(page: Page) {
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  return page.getByRole('dialog', { name: 'Choose a model' });
}

test('a folder of 2023 is brought from a disk, checked, and answers; then it is removed', async ({
  app,
  context,
}) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  const { page } = chat;
  const dialog = await openModels(page);
  // From the model's name to the screen that takes a folder.
  await dialog.getByRole('searchbox', { name: 'Search models' }).fill('openchat 2023');
  await dialog.getByRole('button', { name: /OpenChat 3.5 1210/ }).click();
  await expect(dialog.getByRole('heading', { name: 'Know its limits' })).toBeVisible();
  await expect(dialog.getByRole('heading', { name: 'Safety' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Add its folder' }).click();
  await expect(dialog.getByRole('textbox', { name: 'Address of the folder' })).toHaveValue(/huggingface/);

  await dialog.getByLabel('Folder of a model').setInputFiles(folder2023);
  await expect(dialog.getByRole('heading', { name: 'pocket-2023' })).toBeVisible({ timeout: 30_000 });
  await dialog.getByRole('button', { name: 'Use this model' }).click();
  await expect(chat.engine).toContainText('pocket-2023 is ready', { timeout: answerTimeout });
  expect(await chat.chat('What is the capital of France?')).toBe('The capital of France is Paris.');
  await page.reload();
  await expect(chat.engine).toContainText('pocket-2023 is ready', { timeout: answerTimeout });

  const again = await openModels(page);
  await again.getByRole('button', { name: /pocket-2023/ }).click();
  await again.getByRole('button', { name: 'Check its files' }).click();
  await expect(page.getByText('5 files checked, all as they should be.')).toBeVisible(slow);
  await again.getByRole('button', { name: 'Remove' }).click();
  await again.getByRole('button', { name: /^Erase its/ }).click();
  await expect(again.getByRole('button', { name: /pocket-2023/ })).toBeHidden();
  await page.keyboard.press('Escape');
  await expect(chat.engine).toContainText('Pocket is ready', { timeout: answerTimeout });
  // Chats stay.
  await expect(chat.answers).toHaveCount(1);
});

test('a model is saved as a file, and comes back from it without a network', async ({ app, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  const { page, engine } = chat;
  await expect(engine).toContainText('Pocket is ready', { timeout: answerTimeout });
  // The file dialog of the system is out of a test's reach; without it the browser downloads.
  await page.evaluate(() => Reflect.deleteProperty(window, 'showSaveFilePicker'));
  const dialog = await openModels(page);
  await dialog.getByRole('button', { name: 'Add your own' }).click();
  await dialog.getByLabel('Folder of a model').setInputFiles(folder2023);
  await expect(dialog.getByRole('button', { name: 'Save as a file' })).toBeVisible(slow);
  const saving = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save as a file' }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe('pocket-2023.zip');
  const zip = await saved.path();
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await dialog.getByRole('button', { name: /^Erase its/ }).click();
  await expect(dialog.getByRole('button', { name: 'Add your own' })).toBeVisible(slow);

  await dialog.getByRole('button', { name: 'Add your own' }).click();
  await dialog.getByLabel('ZIP file of a model').setInputFiles(zip);
  await expect(dialog.getByRole('button', { name: 'Check its files' })).toBeVisible(slow);
  await dialog.getByRole('button', { name: 'Check its files' }).click();
  await expect(page.getByText('5 files checked, all as they should be.')).toBeVisible(slow);
});

test('a model that lies in models/ of the server is found there, and answers', async ({ context }) => {
  const server = await startServer('app', 0, { flags: ['--models', join(folder2023, '..')] });
  const chat = await ChatPage.open(await context.newPage(), server.url);
  await expect(chat.engine).toContainText('Pocket is ready', { timeout: answerTimeout });
  const dialog = await openModels(chat.page);
  await dialog.getByRole('button', { name: 'Add your own' }).click();
  await dialog.getByRole('button', { name: 'Add pocket-2023' }).click();
  await dialog.getByRole('button', { name: 'Download and use' }).click({ timeout: 30_000 });
  await expect(chat.engine).toContainText('pocket-2023 is ready', { timeout: answerTimeout });
  expect(await chat.chat('What is the capital of France?')).toBe('The capital of France is Paris.');
  await server.stop();
});

test('a model is set: what it is told, and how much it holds; freed, it comes back with the next message', async ({
  app,
  context,
}) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  const { page, engine } = chat;
  await expect(engine).toContainText('Pocket is ready', { timeout: answerTimeout });
  const dialog = await openModels(page);
  await dialog.getByRole('button', { name: /Pocket/ }).click();
  await dialog.getByText(/^Settings/).click();
  await dialog.getByRole('combobox', { name: /How much it holds/ }).selectOption('1024');
  await dialog.getByRole('spinbutton', { name: /Longest answer/ }).fill('3');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved. Pocket answers so')).toBeVisible();
  // Its figures, and so whether it fits, are those of the chosen context: half of 8 MiB less than usual.
  await expect(dialog.getByRole('definition').filter({ hasText: '1,024 tokens' })).toBeVisible();
  await expect(dialog.getByRole('definition').filter({ hasText: '12.6 MB' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(engine).toHaveAttribute('data-devices-opened', '2', { timeout: answerTimeout });
  await expect(engine).toContainText('Pocket is ready', { timeout: answerTimeout });
  expect(await chat.chat('What is the capital of France?')).toBe('The capital of');
  await expect(page.getByText(/of 1,024 tokens/)).toBeVisible();

  // It opens where it was closed.
  const again = await openModels(page);
  await again.getByText(/^Settings/).click();
  await again.getByRole('button', { name: 'As the model has it' }).click();
  await expect(again.getByText('Settings · changed')).toBeHidden();
  await again.getByRole('button', { name: 'Free the GPU' }).click();
  await expect(engine).toContainText('The next message loads it again');
  expect(await chat.chat('What is the capital of France?')).toBe('The capital of France is Paris.');
  await expect(page.getByText(/of 2,048 tokens/)).toBeVisible();
});

test.describe('a download', () => {
  let house: ModelHouse;
  // One for each test: what it does wrong goes by how often a file was asked for.
  test.beforeEach(async () => {
    house = await startModelHouse(6, 2_000_000);
  });
  test.afterEach(() => house.server.close());

  const open = async (page: Page): Promise<Locator> => {
    const dialog = await openModels(page);
    await dialog.getByRole('button', { name: /^big\b/ }).click();
    return dialog;
  };

  /** Adds the model of the house, once the core has nothing else to do. */
  async function add({ page, engine }: ChatPage): Promise<Locator> {
    await expect(engine).toContainText('Pocket is ready', { timeout: answerTimeout });
    const dialog = await openModels(page);
    await dialog.getByRole('button', { name: 'Add your own' }).click();
    await dialog.getByRole('textbox', { name: 'Address of the folder' }).fill(house.server.url + bigFolder);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await expect(dialog.getByRole('heading', { name: 'big' })).toBeVisible(slow);
    return dialog;
  }

  test('is one for all tabs, survives a reload, fetches nothing twice, and then needs no network', async ({
    context,
  }) => {
    const { server } = house;
    // Every shard comes in pieces, and the last one hangs until it is let go on.
    let isHeld = true;
    server.faultOf = (path, count) => {
      if (!path.startsWith(bigFolder) || !path.endsWith('.bin')) return null;
      if (isHeld && path.endsWith('noise_5.bin')) return { type: 'stall', after: count === 0 ? 500_000 : 0 };
      return count === 0 ? { type: 'cut', after: 700_000 } : null;
    };
    const first = await ChatPage.open(await context.newPage(), server.url);
    const adding = await add(first);

    const second = await ChatPage.open(await context.newPage(), server.url);
    const dialogs = [adding, await open(second.page)];
    // Pressed within the pages: what Playwright presses must stand still, and in a tab that nobody sees it does not.
    const buttons = await Promise.all(
      dialogs.map((dialog) => dialog.getByRole('button', { name: 'Download only' }).elementHandle()),
    );
    await Promise.all(
      buttons.map((button) => button?.evaluate((element) => (element as HTMLElement).click())),
    );
    for (const dialog of dialogs) await expect(dialog.getByRole('progressbar')).toBeVisible(slow);
    // All but what the last shard holds back.
    for (const dialog of dialogs) await expect(dialog.getByText(/12\.2 MB of 13\.7 MB/)).toBeVisible(slow);
    // A third that comes later sees the same.
    const third = await ChatPage.open(await context.newPage(), server.url);
    const late = await open(third.page);
    await expect(late.getByRole('region', { name: 'Download' })).toContainText('of 13.7 MB', slow);

    await late.getByRole('button', { name: 'Pause' }).click();
    for (const dialog of dialogs) await expect(dialog.getByText(/Paused at/)).toBeVisible();
    await second.page.close();
    await third.page.close();
    await first.page.reload();
    const again = await open(first.page);
    await expect(again.getByText(/Paused at/)).toBeVisible();
    isHeld = false;
    await again.getByRole('button', { name: 'Go on' }).click();
    await expect(again.getByText('On this device')).toBeHidden();
    await expect(again.getByRole('button', { name: 'Use this model' })).toBeVisible({ timeout: 60_000 });
    // What the seven cut connections had on their way may be lost with them, and nothing else is sent twice.
    const resent = house.sentWeights() - house.weightBytes;
    console.log(`${house.weightBytes} bytes of weights, ${resent} of them sent again`);
    expect(resent).toBeLessThanOrEqual(7 * 700_000);

    const before = server.requests.length;
    await again.getByRole('button', { name: 'Use this model' }).click();
    await expect(first.engine).toContainText(/big is ready/, { timeout: answerTimeout });
    expect(server.requests.slice(before).filter(({ path }) => path.startsWith('models/'))).toEqual([]);
  });

  test('cancelled midway, it leaves no byte', async ({ context }) => {
    const { server } = house;
    server.faultOf = (path, count) =>
      path.startsWith(bigFolder) && path.endsWith('.bin')
        ? { type: 'stall', after: count === 0 ? 600_000 : 0 }
        : null;
    const chat = await ChatPage.open(await context.newPage(), server.url);
    const { page } = chat;
    const adding = await add(chat);
    await adding.getByRole('button', { name: 'Download only' }).click();
    await expect(adding.getByText(/1\.8 MB of/)).toBeVisible(slow);
    await adding.getByRole('button', { name: 'Cancel' }).click();
    await adding.getByRole('button', { name: 'Erase what has come' }).click();
    await expect(adding.getByRole('progressbar')).toBeHidden();
    const left = await page.evaluate(async () => {
      const found: string[] = [];
      for (const name of await caches.keys()) {
        for (const { url } of await (await caches.open(name)).keys()) found.push(`${name} ${url}`);
      }
      return found.filter((entry) => !entry.includes('/models/pocket/'));
    });
    expect(left).toEqual([]);
  });
});
