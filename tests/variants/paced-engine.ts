import type { Engine, EngineEvent, GenerateRequest, Sampling } from '../../src/worker/engines/engine.ts';

const paragraph = (length: number): string[] => {
  const words = [
    ' A **bold** word',
    ' and *another*,',
    ' with `code` between.',
    ' It goes',
    ' on',
    ' for',
    ' a',
    ' while.',
  ];
  return Array.from({ length }, (_, index) => words[index % words.length] ?? '');
};

/** Pieces of the Markdown that answers are made of; each is one token here. About as dense in blocks as real answers. */
const section: readonly string[] = [
  '\n\n## Part',
  ' one',
  '\n\nFirst',
  ...paragraph(60),
  '\n\n- first',
  ' item\n',
  '- second',
  ' item\n\n',
  'Then',
  ...paragraph(40),
  '\n\n```js\n',
  'const a',
  ' = 1;\n',
  'print(a);',
  '\n```\n',
  '\n| a | b |\n',
  '|---|---|\n',
  '| 1 | 2 |\n',
];

const sampling: Sampling = { temperature: 0, topP: 1, maxTokens: 100_000, seed: null };

/** Milliseconds on a clock that workers and pages share. */
const sharedNow = (): number => performance.timeOrigin + performance.now();

const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * An engine without a model, for answers longer, faster or more exactly timed than any real one's. The message says what it writes:
 * `20000 tokens`, `20000 tokens in 500 pieces`, or `100 stamps` (each token is the moment at which it was made).
 */
export function makePacedEngine(): Engine {
  let loadedModel: string | null = null;
  return {
    get loadedModel() {
      return loadedModel;
    },
    devicesOpened: 0,
    load: async (model) => {
      loadedModel = model.id;
    },
    unload: async () => {
      loadedModel = null;
    },
    defaults: async () => sampling,
    missing: async () => null,
    async *generate({ turns }: GenerateRequest, signal: AbortSignal): AsyncIterable<EngineEvent> {
      const [, count = '0', kind, pieces] =
        /(\d+) (tokens|stamps)(?: in (\d+) pieces)?/.exec(turns.at(-1)?.text ?? '') ?? [];
      const total = Number(count);
      yield { type: 'start', firstTurn: 0, promptTokens: 1, readTokens: 1 };
      if (kind === 'stamps') yield* stamps(total, signal);
      else yield* tokens(total, Math.ceil(total / Number(pieces ?? count)), signal);
      yield { type: 'done', finishReason: 'stop' };
    },
  };
}

async function* tokens(total: number, perPiece: number, signal: AbortSignal): AsyncIterable<EngineEvent> {
  for (let made = 0; made < total && !signal.aborted; made += perPiece) {
    const size = Math.min(perPiece, total - made);
    let text = '';
    for (let index = 0; index < size; index++) text += section[(made + index) % section.length] ?? '';
    yield { type: 'text', text, tokens: size };
    // Two pieces a task, since browsers stretch tasks to 4 ms: about 400 pieces per second.
    if ((made / perPiece) % 2 === 1) await nextTask();
  }
}

async function* stamps(total: number, signal: AbortSignal): AsyncIterable<EngineEvent> {
  for (let made = 0; made < total && !signal.aborted; made++) {
    // The pace of a fast model on a good GPU.
    await new Promise((resolve) => setTimeout(resolve, 30));
    yield { type: 'text', text: `${sharedNow().toFixed(1)} `, tokens: 1 };
  }
}
