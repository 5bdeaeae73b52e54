/** A part of the app could not be fetched. Whatever else goes wrong in it is a fault of its own. */
export class MissingPart extends Error {}

/** Passes on a part's code; rejects with `MissingPart`. */
export const fetchPart = <T>(code: Promise<T>): Promise<T> =>
  code.catch((cause: unknown) => {
    throw new MissingPart('A part of Hearth could not be fetched.', { cause });
  });
