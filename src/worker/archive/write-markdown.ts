import { branchOf, type Conversation, type Message } from '../../shared/conversation.ts';
import { splitThoughts } from '../../shared/thoughts.ts';

/** The branch that is shown, as a document: who spoke, and what. Answers are Markdown already, questions are kept as typed, thoughts are left out. */
export function writeMarkdown(conversation: Conversation, messages: readonly Message[]): string {
  const tree = Object.fromEntries(messages.map((message) => [message.id, message]));
  const parts = branchOf(tree, conversation.leafId).map(({ role, text, generation }) => {
    const who = role === 'user' ? 'You' : (generation?.model ?? 'Assistant');
    return `## ${who}\n\n${role === 'user' ? text : splitThoughts(text).answer.trim()}\n`;
  });
  // A line break in a title would end the heading.
  return [`# ${conversation.title.replaceAll(/\s+/g, ' ')}\n`, ...parts].join('\n');
}
