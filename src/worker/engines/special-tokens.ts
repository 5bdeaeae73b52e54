import * as v from 'valibot';

/** Of a tokenizer.json, the part that says which strings are one token wherever they stand. */
const TokenizerFile = v.object({
  added_tokens: v.optional(
    v.array(v.object({ id: v.number(), content: v.string(), special: v.boolean() })),
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

/**
 * Cuts a text inside every special token that it spells out, after its first character. Encoded piece by piece it keeps
 * every character, but what a person typed can no longer end their turn or begin another's.
 */
export function cutSpecialTokens(text: string, specialTokens: string[]): string[] {
  const pieces: string[] = [];
  let begin = 0;
  for (let at = 0; at < text.length; at++) {
    if (!specialTokens.some((token) => token.length > 1 && text.startsWith(token, at))) continue;
    pieces.push(text.slice(begin, at + 1));
    begin = at + 1;
  }
  return [...pieces, text.slice(begin)];
}
