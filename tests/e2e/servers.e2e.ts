import type { Browser, BrowserContext } from '@playwright/test';
import { ChatPage, answerTimeout } from '../support/chat-page.ts';
import { expect, test, type App } from '../support/fixtures.ts';
import { longQuestion } from '../support/long-story.ts';

/** Another Hearth with a browser that answers at its door: a real server of real answers. */
async function openHearth(app: App, browser: Browser): Promise<{ url: string; engine: BrowserContext }> {
  const { url } = await app.another('app');
  const engine = await browser.newContext();
  const chat = await ChatPage.open(await engine.newPage(), url);
  await expect(chat.engine).toContainText('ready', { timeout: answerTimeout });
  return { url, engine };
}

test('a server is added, tested and chosen, answers and stops; when it goes another one answers', async ({
  app,
  browser,
  context,
}) => {
  const [first, second] = [await openHearth(app, browser), await openHearth(app, browser)];
  const chat = await ChatPage.open(await context.newPage(), app.url);
  const { page } = chat;
  await page.getByRole('button', { name: 'Model', exact: true }).click();
  await page.getByRole('button', { name: 'Servers' }).click();
  const dialog = page.getByRole('dialog', { name: 'Servers' });
  const add = async (url: string, name: string): Promise<void> => {
    await dialog.getByRole('combobox', { name: 'What runs there' }).selectOption('Hearth');
    await dialog.getByRole('textbox', { name: 'Address' }).fill(url);
    await dialog.getByRole('textbox', { name: 'Name, if you like' }).fill(name);
    await dialog.getByRole('button', { name: 'Add and test' }).click();
  };

  // What is wrong is said in words, and the form's text is kept.
  await add(`${app.url}v1`, 'Myself');
  await expect(dialog.getByRole('alert')).toContainText('Hearth');
  await expect(dialog.getByRole('textbox', { name: 'Address' })).toHaveValue(`${app.url}v1`);
  await add(`${first.url}v1`, 'Attic');
  await expect(dialog.getByRole('status', { name: 'Test of Attic' })).toContainText('Works', {
    timeout: 30_000,
  });
  await dialog.getByRole('button', { name: 'Add a server' }).click();
  await add(`${second.url}v1`, 'Cellar');
  await expect(dialog.getByRole('status', { name: 'Test of Cellar' })).toContainText('Works', {
    timeout: 30_000,
  });
  await dialog
    .getByRole('list', { name: 'Models of Attic' })
    .getByRole('button', { name: 'openchat_3.5' })
    .click();
  await expect(chat.engine).toContainText('ready', { timeout: answerTimeout });

  expect(await chat.chat('What is the capital of France?')).toContain('Paris');
  await chat.ask(longQuestion);
  await expect(chat.answers).toHaveCount(2);
  await chat.writing();
  await chat.stop.click();
  await expect(chat.answers.last()).toContainText('Stopped');

  // Both may have answered so far; from here on one is alone.
  await first.engine.close();
  for (let round = 0; round < 2; round += 1) expect(await chat.chat('Hello!')).toMatch(/\S/);
  // Mid-answer there is nobody left: what is written stays.
  await chat.ask(longQuestion);
  await expect(chat.answers).toHaveCount(5);
  await chat.writing();
  await second.engine.close();
  await expect(chat.answers.last()).toContainText('Interrupted', { timeout: answerTimeout });
  expect((await chat.lastAnswer()).length).toBeGreaterThan(40);
});
