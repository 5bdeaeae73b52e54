import { render } from 'solid-js/web';
import { beforeEach, onTestFinished, vi } from 'vitest';
import { page } from 'vitest/browser';
import { App } from '../../../src/ui/app.tsx';
import '../../../src/ui/styles/app.css';
import type { ConversationState } from '../../../src/shared/topics.ts';
import { CoreContext } from '../../../src/ui/state/use-core.ts';
import { addressOf } from '../../../src/ui/state/parse-route.ts';
import { makeScriptedCore, type ScriptedCore } from '../../support/scripted-core.ts';
import { openCore } from '../../support/scripted-state.ts';

let unmount: (() => void) | undefined;

/** A page as a browser opens it: this address, this core, and whatever storage holds. */
export function openPage(core: ScriptedCore, address: string): void {
  unmount?.();
  document.getElementById('root')?.remove();
  history.replaceState(null, '', address);
  const root = document.createElement('div');
  root.id = 'root';
  document.body.append(root);
  unmount = render(
    () => (
      <CoreContext.Provider value={core.connection}>
        <App />
      </CoreContext.Provider>
    ),
    root,
  );
}

/** A page that shows one conversation. */
export function openChat(chat: ConversationState, core = makeScriptedCore()): ScriptedCore {
  const { conversation } = chat;
  if (!conversation) throw new Error('There is no conversation to open.');
  openCore(core, [conversation]);
  core.snapshot(`conversation:${conversation.id}`, { conversation, messages: chat.messages });
  openPage(core, addressOf(conversation.id));
  return core;
}

/** A page with a new chat, and nothing saved. */
export function openNewChat(core = makeScriptedCore()): ScriptedCore {
  openCore(core);
  openPage(core, '#/');
  return core;
}

export const messageBox = page.getByRole('textbox', { name: 'Message', exact: true });
export const sendButton = page.getByRole('button', { name: 'Send', exact: true });
export const stopButton = page.getByRole('button', { name: 'Stop', exact: true });
export const articles = page.getByRole('article');

export function scroller(): HTMLElement {
  const element = document.querySelector<HTMLElement>('.chat-scroller');
  if (!element) throw new Error('The page shows no chat.');
  return element;
}

export const distanceToEnd = (): number => {
  const { scrollHeight, clientHeight, scrollTop } = scroller();
  return scrollHeight - clientHeight - scrollTop;
};

/** Two frames: what the last one changed has been laid out, observed and painted. */
export const painted = (): Promise<void> =>
  new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));

/** Until the test ends, code is told that the screen is one for fingers. Styles are not: they ask the browser itself. */
export function pretendTouch(): void {
  const { matchMedia } = globalThis;
  const mock = vi
    .spyOn(globalThis, 'matchMedia')
    .mockImplementation((query) => matchMedia(query === '(pointer: coarse)' ? 'all' : query));
  onTestFinished(() => mock.mockRestore());
}

beforeEach(async () => {
  localStorage.clear();
  sessionStorage.clear();
  await page.viewport(1280, 800);
});
