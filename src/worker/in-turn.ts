/** Does one piece of work after another: each begins when those before it have ended, well or badly. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

export function makeInTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}
