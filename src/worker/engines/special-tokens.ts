import * as v from 'valibot';

/** Of a tokenizer.json, the part that says which strings are one token wherever they stand. */
const TokenizerFile = v.looseObject({
  added_tokens: v.optional(
    v.array(v.looseObject({ id: v.number(), content: v.string(), special: v.boolean() })),
    [],
  ),
});

/** The strings with which a tokenizer marks turns and the like. `stopIds` count even where the file does not call them special. */
export function specialTokensOf(tokenizerFile: unknown, stopIds: number[]): string[] {
  return v
    .parse(TokenizerFile, tokenizerFile)
    .added_tokens.filter(({ id, special }) => special || stopIds.includes(id))
    .map(({ content }) => content);
}

/** The same tokenizer for what people type: it knows no special tokens, so their names are text like any other. */
export function withoutSpecialTokens(tokenizerFile: unknown, specialTokens: string[]): unknown {
  const file = v.parse(TokenizerFile, tokenizerFile);
  return {
    ...file,
    added_tokens: file.added_tokens.filter(({ content }) => !specialTokens.includes(content)),
  };
}

export const spellsSpecialToken = (text: string, specialTokens: string[]): boolean =>
  specialTokens.some((token) => text.includes(token));

/** Where the first special token of a text begins, and where the last one ends; both its length, or 0, when it has none. */
export function specialSpan(text: string, specialTokens: string[]): { begin: number; end: number } {
  const found = specialTokens.filter((token) => text.includes(token));
  return {
    begin: Math.min(text.length, ...found.map((token) => text.indexOf(token))),
    end: Math.max(0, ...found.map((token) => text.lastIndexOf(token) + token.length)),
  };
}
