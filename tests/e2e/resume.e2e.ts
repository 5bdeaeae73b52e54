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
