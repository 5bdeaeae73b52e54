/** Values that come when they come, for one reader that takes them in order. */
export interface Pushed<T> {
  push(value: T): void;
  /** No more will come. */
  end(): void;
  /** No more will come, and why: thrown to the reader after what came before. */
  fail(error: unknown): void;
  read(): AsyncGenerator<T, void, undefined>;
}

export function makePushed<T>(): Pushed<T> {
  const values: T[] = [];
  let ending: { error: unknown } | 'ended' | null = null;
  let wake = (): void => {};

  const close = (how: NonNullable<typeof ending>): void => {
    ending ??= how;
    wake();
  };
  return {
    push(value) {
      if (ending === null) values.push(value);
      wake();
    },
    end: () => close('ended'),
    fail: (error) => close({ error }),
    async *read() {
      for (;;) {
        const [value] = values.splice(0, 1);
        if (value !== undefined) {
          yield value;
        } else if (ending !== null) {
          if (ending !== 'ended') throw ending.error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}
