/** What OpenChat-3.5 was trained to be told: who is speaking. The first is for chat and code, the second for mathematics. */
export const openChatConditions = ['GPT4 Correct', 'Math Correct'] as const;
