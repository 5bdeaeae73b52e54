import { createParser } from 'eventsource-parser';
import type { DoorHouse } from './door-house.ts';
import { wordFor, type WordEngine } from './word-engine.ts';

export interface CrowdOptions {
  clients: number;
  words: number;
  /** Whether a client asks once more. */
  goesOn(answered: number): boolean;
  /** One request in so many is hung up on after its first word; 0: none. */
  hangUpEvery: number;
  /** Each time when so many answers more have been read. */
  onAnswers?: (answers: number) => void;
}

export interface Crowd {
  /** Whole answers, by client. */
  answers: number[];
  hangUps: number;
  /** Milliseconds from the engine to the client, for each word. */
  wordMs: number[];
  /** What was not as it must be: lost, doubled or mixed words, and refusals. */
  faults: string[];
}

interface Piece {
  choices: { delta: { content?: string } }[];
}

/** Many programs that ask one after the other, each with its own key, and read every word. */
export async function sendCrowd(house: DoorHouse, engine: WordEngine, options: CrowdOptions): Promise<Crowd> {
  const crowd: Crowd = {
    answers: Array.from({ length: options.clients }, () => 0),
    hangUps: 0,
    wordMs: [],
    faults: [],
  };

  async function ask(client: number, number: number): Promise<void> {
    const question = `${client}.${number}`;
    const stop = new AbortController();
    const hangsUp = options.hangUpEvery > 0 && (client + number) % options.hangUpEvery === 0;
    let next = 0;
    let isDone = false;
    const parser = createParser({
      onEvent({ data }) {
        isDone = data === '[DONE]';
        if (isDone) return;
        const text = (JSON.parse(data) as Piece).choices[0]?.delta.content ?? '';
        for (const word of text.split(/(?= )/).filter((one) => one !== '')) {
          if (word !== wordFor(question, next))
            crowd.faults.push(`${question}: “${word}” in place of word ${next}`);
          next += 1;
          const writtenAt = engine.writtenAt.get(word);
          if (writtenAt !== undefined) crowd.wordMs.push(performance.now() - writtenAt);
          engine.writtenAt.delete(word);
        }
      },
    });
    const headers = { authorization: `Bearer ${keyOf(client)}` };
    const body = { stream: true, messages: [{ role: 'user', content: question }] };
    const response = await house.post(body, { headers, signal: stop.signal });
    if (!response.ok || !response.body) return void crowd.faults.push(`${question}: ${response.status}`);
    try {
      for await (const bytes of response.body.pipeThrough(new TextDecoderStream())) {
        parser.feed(bytes);
        if (hangsUp && next > 0) stop.abort();
      }
    } catch (error) {
      if (!hangsUp) throw error;
    }
    if (hangsUp) return void (crowd.hangUps += 1);
    if (!isDone || next !== options.words) crowd.faults.push(`${question}: ${next} words, done: ${isDone}`);
    crowd.answers[client] = (crowd.answers[client] ?? 0) + 1;
    options.onAnswers?.(crowd.answers.reduce((sum, count) => sum + count, 0));
  }

  await Promise.all(
    crowd.answers.map(async (_, client) => {
      for (let number = 0; options.goesOn(number); number += 1) await ask(client, number);
    }),
  );
  return crowd;
}

/** Each client is one key: that is how the door tells them apart. */
export const keyOf = (client: number): string => `sk-client-${client}`;
