import type { MessageRef } from '../../shared/core-api.ts';
import type { TabId } from '../../shared/ids.ts';
import type { Run } from './run-loop.ts';
import { writeAnswer, type AnswerTools } from './write-answer.ts';

/** The run of an answer in a conversation: it belongs to the conversation, whatever becomes of the tab that asked. */
export function answerRun(tools: AnswerTools, ref: MessageRef, tabId: TabId): Run {
  const { library } = tools;
  return {
    ...ref,
    client: { type: 'tab', tabId },
    async write(signal) {
      try {
        return await writeAnswer(tools, await library.branch(ref), signal);
      } catch {
        // Its conversation was deleted in the meantime: there is nothing to write to.
        return 0;
      }
    },
    async leave(reason) {
      // A deleted conversation has no branch any more.
      const branch = await library.branch(ref).catch(() => []);
      const answer = branch.at(-1);
      if (answer) library.update(answer, { state: reason });
    },
    onEnd: () => void library.settle(ref),
  };
}
