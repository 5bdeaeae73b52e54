import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { ChatPage } from '../support/chat-page.ts';
import { launchOptions } from '../support/chromium.ts';
import { expect, test } from '../support/fixtures.ts';

test('a conversation goes on after the browser was closed', async ({ app }) => {
  const profile = await mkdtemp(join(tmpdir(), 'hearth-profile-'));
  try {
    const firstDay = await chromium.launchPersistentContext(profile, launchOptions());
    const before = await ChatPage.open(await firstDay.newPage(), app.url);
    expect(await before.chat('My name is Nora.')).toContain('Nora');
    const address = before.page.url();
    await firstDay.close();

    const nextDay = await chromium.launchPersistentContext(profile, launchOptions());
    const after = await ChatPage.open(await nextDay.newPage(), app.url);
    await after.page
      .getByRole('navigation', { name: 'Conversations' })
      .getByRole('link', { name: /My name is Nora/ })
      .click();
    await expect(after.answers).toHaveCount(1);
    expect(after.page.url()).toBe(address);
    expect(await after.chat('What is my name?')).toContain('Nora');
    await nextDay.close();
  } finally {
    await rm(profile, { recursive: true, force: true });
  }
});

test('a copy in a file brings a conversation to another browser, which goes on with it', async ({
  app,
  browser,
}) => {
  const one = await browser.newContext();
  const before = await ChatPage.open(await one.newPage(), app.url);
  const answer = await before.chat('My name is Nora.');
  expect(answer).toContain('Nora');
  const address = new URL(before.page.url()).hash;
  await before.page.getByRole('button', { name: 'Keep a copy' }).click();
  const saving = before.page.getByRole('dialog', { name: 'Keep your conversations' });
  const download = before.page.waitForEvent('download');
  await saving.getByRole('button', { name: 'Save to a file' }).click();
  const file = await (await download).path();

  const other = await browser.newContext();
  const after = await ChatPage.open(await other.newPage(), app.url);
  await after.page.getByRole('button', { name: 'Keep a copy' }).click();
  const taking = after.page.getByRole('dialog', { name: 'Keep your conversations' });
  await taking.getByLabel('File of saved conversations').setInputFiles(file);
  await expect(taking.getByText('1 conversation added.')).toBeVisible();
  await taking.getByRole('button', { name: 'Close' }).click();
  const list = after.page.getByRole('navigation', { name: 'Conversations' });
  await list.getByRole('link', { name: /My name is Nora/ }).click();
  await expect(after.answers).toHaveCount(1);
  expect(new URL(after.page.url()).hash).toBe(address);
  expect(await after.lastAnswer()).toBe(answer);
  expect(await after.chat('What is my name?')).toContain('Nora');
  await one.close();
  await other.close();
});
