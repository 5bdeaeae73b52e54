import { longQuestion } from '../support/long-story.ts';
import type { Locator, Page } from '@playwright/test';
import { answerTimeout, ChatPage } from '../support/chat-page.ts';
import { expect, test } from '../support/fixtures.ts';

const listOf = (page: Page): Locator => page.getByRole('navigation', { name: 'Conversations' });

/** Opens the menu of a conversation and picks from it. */
async function choose(page: Page, title: string, item: 'Rename' | 'Delete'): Promise<void> {
  const row = listOf(page).getByRole('listitem').filter({ hasText: title });
  await row.hover();
  await row.getByRole('button', { name: 'Options' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** Pixels between the end of the log and the lower edge of what is seen of it. */
const distanceToEnd = (page: Page): Promise<number> =>
  page
    .locator('.chat-scroller')
    .evaluate((scroller) => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop);

const scrollTop = (page: Page): Promise<number> =>
  page.locator('.chat-scroller').evaluate((scroller) => scroller.scrollTop);

test('a conversation is renamed, deleted, and had back', async ({ app, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  const { page } = chat;
  await chat.chat('Hello!');
  const id = chat.conversationId();

  await choose(page, 'Hello!', 'Rename');
  await page.getByRole('textbox', { name: 'Title' }).fill('Small talk');
  await page.keyboard.press('Enter');
  const link = listOf(page).getByRole('link', { name: 'Small talk' });
  await expect(page.getByRole('heading', { name: 'Small talk' })).toBeVisible();
  await page.reload();
  await expect(link).toBeVisible();
  // The next message does not take the title back.
  await chat.chat('My name is Nora.');
  await expect(link).toBeVisible();

  await choose(page, 'Small talk', 'Delete');
  await expect(link).toBeHidden();
  expect(new URL(page.url()).hash).toBe('#/');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(link).toBeVisible();
  await expect(chat.answers).toHaveCount(2);
  expect(chat.conversationId()).toBe(id);

  await choose(page, 'Small talk', 'Delete');
  await expect(link).toBeHidden();
  await page.reload();
  await expect(listOf(page).getByText('Your conversations will be here')).toBeVisible();
});

test('editing and regenerating make versions, and a person moves between them', async ({ app, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  const { page, questions, answers } = chat;
  await chat.chat('What is the capital of France?');

  await questions.last().hover();
  await questions.last().getByRole('button', { name: 'Edit' }).click();
  await page.getByRole('textbox', { name: 'New wording' }).fill('My name is Nora.');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(questions).toHaveText([/My name is Nora/]);
  await expect(questions.last()).toContainText('2/2');
  await chat.finished();
  expect(await chat.lastAnswer()).toContain('Nora');

  await answers.last().getByRole('button', { name: 'Regenerate' }).click();
  await expect(answers.last()).toContainText('2/2');
  await chat.finished();
  await answers.last().getByRole('button', { name: 'Previous version' }).click();
  await expect(answers.last()).toContainText('1/2');

  await questions.last().hover();
  await questions.last().getByRole('button', { name: 'Previous version' }).click();
  await expect(questions.last()).toContainText('1/2');
  await expect(answers.last()).toContainText('Paris');
  await expect(answers.last()).not.toContainText('/2');
  // The branch that is shown is the conversation's, not the tab's.
  await page.reload();
  await expect(questions.last()).toContainText('1/2');
  await expect(answers.last()).toContainText('Paris');
});

test('what is being typed survives a reload, for each conversation by itself', async ({ app, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  const { page, message } = chat;
  await chat.chat('Hello!');
  await message.fill('For the first chat');
  await page.getByRole('button', { name: 'New chat' }).click();
  await expect(message).toHaveValue('');
  await message.fill('For a new chat');

  await page.reload();
  await expect(message).toHaveValue('For a new chat');
  await listOf(page).getByRole('link', { name: 'Hello!' }).click();
  await expect(message).toHaveValue('For the first chat');
  await page.reload();
  await expect(message).toHaveValue('For the first chat');
  // Sent is no longer typed.
  await message.fill('My name is Nora.');
  await chat.send.click();
  await expect(message).toHaveValue('');
  await chat.finished();
  await page.reload();
  await expect(chat.answers).toHaveCount(2);
  await expect(message).toHaveValue('');
});

test('an address opens its conversation, and one that names nothing says so', async ({ app, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.chat('Hello!');
  const address = chat.page.url();

  const other = await ChatPage.open(await context.newPage(), address);
  await expect(other.answers).toContainText(['Pocket']);
  await expect(other.page).toHaveTitle('Hello! · Hearth');

  const gone = other.page.getByRole('heading', { name: "This conversation isn't here" });
  for (const hash of ['#/c/01890000-0000-7000-8000-000000000000', '#/nonsense']) {
    await other.page.goto(new URL(hash, app.url).href);
    await expect(gone).toBeVisible();
    await expect(other.message).toBeHidden();
  }
  await other.page.getByRole('main').getByRole('button', { name: 'New chat' }).click();
  await expect(other.message).toBeVisible();
  await expect(gone).toBeHidden();
  await other.page.goBack();
  await expect(gone).toBeVisible();
});

test('the view follows a growing answer only while the person is at its end', async ({ app, context }) => {
  const page = await context.newPage();
  await page.setViewportSize({ width: 1000, height: 420 });
  const chat = await ChatPage.open(page, app.url);
  await chat.ask(longQuestion);
  const longer = async (by: number): Promise<void> => {
    await chat.writing((await chat.lastAnswer()).length + by);
  };
  await expect.poll(() => scrollTop(page), { timeout: answerTimeout }).toBeGreaterThan(150);
  await longer(40);
  expect(await distanceToEnd(page)).toBeLessThan(2);

  await page.locator('.chat-scroller').hover();
  await page.mouse.wheel(0, -120);
  await expect.poll(() => distanceToEnd(page)).toBeGreaterThan(60);
  const place = await scrollTop(page);
  await longer(80);
  expect(await scrollTop(page)).toBe(place);

  await page.getByRole('button', { name: 'Jump to the end' }).click();
  await expect.poll(() => distanceToEnd(page)).toBeLessThan(2);
  const end = await scrollTop(page);
  await expect.poll(() => scrollTop(page), { timeout: answerTimeout }).toBeGreaterThan(end);
  expect(await distanceToEnd(page)).toBeLessThan(2);
  await chat.stop.click();
  await chat.finished();
});

test('a search finds what was said long ago, and leads to it', async ({ app, context }) => {
  const page = await context.newPage();
  await page.setViewportSize({ width: 1000, height: 420 });
  const chat = await ChatPage.open(page, app.url);
  for (const text of ['My name is Nora.', 'What can you do?', 'List five fruits.']) await chat.chat(text);
  await expect(chat.questions.first()).not.toBeInViewport();

  await page.getByRole('button', { name: 'New chat' }).click();
  await page.getByRole('searchbox', { name: 'Search conversations' }).fill('nora');
  await page.locator('.hit').filter({ hasText: 'Nora' }).click();
  const found = page.locator('article:focus');
  await expect(found).toContainText('Nora');
  await expect(found).toBeInViewport();
  expect(await distanceToEnd(page)).toBeGreaterThan(60);
});

test('Continue goes on where Stop cut', async ({ app, context }) => {
  const chat = await ChatPage.open(await context.newPage(), app.url);
  await chat.ask(longQuestion);
  await chat.writing();
  await chat.stop.click();
  await expect(chat.answers.last()).toContainText('Stopped');
  const cut = await chat.copyLastAnswer();
  await chat.continueLast();
  const whole = await chat.copyLastAnswer();
  expect(whole.startsWith(cut)).toBe(true);
  expect(whole.length).toBeGreaterThan(cut.length);
  await expect(chat.answers).toHaveCount(1);
  await expect(chat.answers.last()).not.toContainText('Stopped');
  await expect(chat.answers.last().getByRole('button', { name: 'Continue' })).toBeHidden();
});
