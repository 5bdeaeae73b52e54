import { createEffect, createMemo, createRoot } from 'solid-js';
import { createStore, produce } from 'solid-js/store';
import { expect, test } from 'vitest';
import { branchOf } from '../../../src/shared/conversation.ts';
import { applyConversation, type ConversationState } from '../../../src/shared/topics.ts';
import { activeMessage, childrenByParent, oldestSeen } from '../../../src/ui/state/branch-view.ts';
import { createConversation } from '../../../src/ui/state/create-conversation.ts';
import { CoreContext } from '../../../src/ui/state/use-core.ts';
import { makeScriptedCore } from '../../support/scripted-core.ts';
import { chatOf } from '../../support/scripted-state.ts';

function growingChat() {
  const chat = chatOf(['a', 'b', 'c', 'd']);
  const answer = chat.list[3];
  if (!answer || !chat.conversation) throw new Error('The chat is empty.');
  answer.state = 'running';
  return {
    state: { conversation: chat.conversation, messages: chat.messages },
    answer,
    id: chat.conversation.id,
  };
}

test('growing text computes no branch, no versions and no state again; a change of state does', () => {
  const { state, answer } = growingChat();
  createRoot((dispose) => {
    const [view, setView] = createStore<ConversationState>(state);
    let computed = 0;
    const counted = <T,>(compute: () => T) =>
      createMemo(() => {
        computed++;
        return compute();
      });
    const branch = counted(() => branchOf(view.messages, answer.id).map((message) => message.id));
    counted(() => childrenByParent(view.messages));
    counted(() => activeMessage(view.messages));
    counted(() => oldestSeen(view.messages, branch()));
    expect(computed).toBe(4);

    const text = ' more';
    const append = { type: 'append', messageId: answer.id, at: 1, text } as const;
    setView(produce((draft) => applyConversation(draft, append)));
    expect(view.messages[answer.id]?.text).toBe('d more');
    expect(computed).toBe(4);

    const done = { ...answer, text: 'd more', state: 'done' as const };
    setView(produce((draft) => applyConversation(draft, { type: 'message', message: done })));
    expect(computed).toBeGreaterThan(4);
    dispose();
  });
});

test('what a watched conversation derives is told only when it differs', async () => {
  const { state, answer, id } = growingChat();
  const core = makeScriptedCore();
  core.snapshot(`conversation:${id}`, state);
  const told = { branch: 0, active: 0 };
  const { conversation, dispose } = createRoot((dispose) => {
    let made: ReturnType<typeof createConversation> | undefined;
    const Probe = () => {
      const conversation = createConversation(() => id);
      made = conversation;
      createEffect(() => void (conversation.branch(), told.branch++));
      createEffect(() => void (conversation.activeId(), told.active++));
      return null;
    };
    void (<CoreContext.Provider value={core.connection}>{<Probe />}</CoreContext.Provider>);
    if (!made) throw new Error('The probe did not run.');
    return { conversation: made, dispose };
  });
  await expect.poll(() => conversation.branch().length).toBe(4);
  const before = { ...told };
  core.events(`conversation:${id}`, [
    { type: 'append', messageId: answer.id, at: 1, text: ' more' },
    // The journal's counters: a new object of the same shape.
    { type: 'message', message: { ...answer, text: 'd more' } },
  ]);
  expect(conversation.message(answer.id)?.text).toBe('d more');
  expect(told).toEqual(before);
  dispose();
});
