import { expect, onTestFinished, test } from 'vitest';
import { page } from 'vitest/browser';
import { addressOf } from '../../../src/ui/state/parse-route.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { chatOf, devicesState, generation, hostView, openCore } from '../../support/scripted-state.ts';
import { hostileMarkdown } from '../markdown/hostile-texts.ts';
import { articles, openPage } from './show-app.tsx';

const markup = '<img src=x onerror="window.__pwned=1"><script>window.__pwned=1</script>';

/** Elements and attributes that a host could have brought in. */
const foreign = (): string[] =>
  [...document.querySelectorAll('#root *, [role=dialog] *')]
    .filter(
      ({ tagName, attributes }) =>
        /^(?:script|iframe|object|embed|img|base|meta|link|style|video|audio)$/i.test(tagName) ||
        [...attributes].some(
          ({ name, value }) => /^on|^srcdoc$|action$/i.test(name) || /^\s*(?:javascript|data):/i.test(value),
        ),
    )
    .map(({ outerHTML }) => outerHTML);

test('attack 28: everything that a hostile host may write into the page stays text', async () => {
  onTestFinished(() => void Reflect.deleteProperty(window, '__pwned'));
  const chat = chatOf(['What is the time?', '']);
  const answer = chat.list[1];
  if (!answer || !chat.conversation) throw new Error('The chat is empty.');
  // All of these come from the host: the text, the model's name, why it ended, and the host's own name.
  answer.generation = generation({ model: markup, quantization: markup });
  answer.state = 'running';
  const core = makeScriptedCore();
  openCore(core, [chat.conversation]);
  core.snapshot('devices', devicesState({ hosts: [hostView({ name: markup, model: markup })] }));
  core.snapshot(`conversation:${chat.conversation.id}`, {
    conversation: chat.conversation,
    messages: chat.messages,
  });
  openPage(core, addressOf(chat.conversation.id));
  await expect.element(articles.nth(1)).toBeVisible();

  let at = 0;
  for (const payload of hostileMarkdown) {
    const text = `${payload}\n\n`;
    core.events(`conversation:${chat.conversation.id}`, [{ type: 'append', messageId: answer.id, at, text }]);
    at += text.length;
  }
  const failed = {
    ...answer,
    text: hostileMarkdown.join('\n\n'),
    state: 'failed' as const,
    error: { code: 'engine-failed', message: markup } as const,
  };
  await expect.element(articles.nth(1)).toHaveTextContent('window.__pwned');
  expect(foreign()).toEqual([]);
  core.events(`conversation:${chat.conversation.id}`, [{ type: 'message', message: failed }]);
  await expect.element(articles.nth(1)).toHaveAttribute('aria-busy', 'false');
  await page.getByRole('button', { name: /^Devices/ }).click();
  await expect.element(page.getByRole('dialog', { name: 'Devices' })).toHaveTextContent('<img src=x');
  expect(foreign()).toEqual([]);
  expect('__pwned' in window).toBe(false);
});
