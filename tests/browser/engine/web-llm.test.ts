import { MLCEngine } from '@mlc-ai/web-llm';
import { expect, test, vi } from 'vitest';
import { makeCatalogue } from '../../../src/worker/models/catalogue.ts';
import { startEngine, turnsOf } from './start-engine.ts';

vi.setConfig({ testTimeout: 60_000 });

// The engine writes its own prompts; for a first question they must be web-llm's, token for token. (Later ones may not be:
// when web-llm goes on from its KV cache it leaves out the separator after the last answer.)
test("a first question is read as web-llm's own chat reads it, and gets the same answer", async () => {
  const catalogue = makeCatalogue(new URL('/', location.href));
  const record = await catalogue.recordOf(catalogue.builtIn.id);
  if (!record) throw new Error('The built-in model must have a record.');
  const reference = new MLCEngine({ appConfig: { model_list: [record] } });
  await reference.reload(record.model_id);
  const engine = startEngine('engine-web-llm');
  await engine.load();

  for (const content of ['Hello!', 'What is the capital of France?', 'Write hello world in Python']) {
    await reference.resetChat();
    const expected = await reference.chat.completions.create({
      messages: [{ role: 'user', content }],
      temperature: 0,
      top_p: 1,
    });
    const { text, events } = await engine.generate({ turns: turnsOf(content) });
    expect(text).toBe(expected.choices[0]?.message.content);
    // web-llm does not count the token that begins a conversation.
    expect(events[0]).toMatchObject({ promptTokens: (expected.usage?.prompt_tokens ?? 0) + 1 });
  }
  await reference.unload();
});
