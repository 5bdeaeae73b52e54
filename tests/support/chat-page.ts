import { expect, type Locator, type Page } from '@playwright/test';

/** How long software WebGPU may take over an answer on two busy cores. */
export const answerTimeout = 120_000;

/** What a person sees of Hearth, by the names that stay (roles and labels). */
export class ChatPage {
  readonly page: Page;
  readonly message: Locator;
  readonly send: Locator;
  readonly stop: Locator;
  readonly engine: Locator;
  readonly answers: Locator;
  readonly questions: Locator;

  constructor(page: Page) {
    this.page = page;
    this.message = page.getByRole('textbox', { name: 'Message' });
    this.send = page.getByRole('button', { name: 'Send', exact: true });
    this.stop = page.getByRole('button', { name: 'Stop', exact: true });
    this.engine = page.getByRole('status', { name: 'Engine' });
    const log = page.getByRole('log', { name: 'Messages' });
    this.answers = log.getByRole('article', { name: 'Assistant' });
    this.questions = log.getByRole('article', { name: 'You' });
  }

  static async open(page: Page, url: string): Promise<ChatPage> {
    await page.goto(url);
    const chat = new ChatPage(page);
    await expect(chat.message).toBeVisible();
    return chat;
  }

  async ask(text: string): Promise<void> {
    await this.message.fill(text);
    await this.send.click();
    await expect(this.questions.filter({ hasText: text }).last()).toBeVisible();
  }

  /** Asks and waits for the whole answer. */
  async chat(text: string): Promise<string> {
    // A dialog that is just closing hides the chat from everybody who goes by roles, and so from this count.
    await expect(this.message).toBeVisible();
    const before = await this.answers.count();
    await this.ask(text);
    await expect(this.answers).toHaveCount(before + 1);
    await this.finished();
    return this.lastAnswer();
  }

  async finished(timeout = answerTimeout): Promise<void> {
    await expect(this.answers.last()).toHaveAttribute('aria-busy', 'false', { timeout });
  }

  /** Waits until the newest answer shows at least this many characters. */
  async writing(characters = 40): Promise<void> {
    await expect
      .poll(async () => (await this.lastAnswer()).length, { timeout: answerTimeout })
      .toBeGreaterThan(characters);
  }

  /** The rendered text of the newest answer, without its buttons and details. */
  lastAnswer(): Promise<string> {
    return this.answers.last().locator('.md').innerText();
  }

  /** Lets the newest answer go on, and waits for its end. */
  async continueLast(): Promise<void> {
    const button = this.answers.last().getByRole('button', { name: 'Continue' });
    await button.click();
    // Gone with the run's start; before that the answer is still at rest.
    await expect(button).toBeHidden();
    await this.finished();
  }

  /** The newest answer's Markdown, as the Copy button hands it out: exactly the text that the tab holds. */
  async copyLastAnswer(): Promise<string> {
    await this.page.bringToFront();
    const answer = this.answers.last();
    await answer.hover();
    await answer.getByRole('button', { name: 'Copy', exact: true }).click();
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  conversationId(): string {
    return new URL(this.page.url()).hash.replace('#/c/', '');
  }
}
