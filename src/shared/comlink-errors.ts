import { transferHandlers, type TransferHandler } from 'comlink';
import { AppError, asAppError, type ErrorView } from './errors.ts';

interface Thrown {
  value: unknown;
}
type Wire = { thrown: ErrorView };

const isThrown = (value: unknown): value is Thrown =>
  typeof value === 'object' && value !== null && 'value' in value && Object.keys(value).length === 1;

/**
 * Makes `AppError` survive Comlink: its own handler keeps message and stack only, and loses class and code.
 * Call once at each end. Both ends run the same build, so the wire shape needs no validation.
 */
export function keepErrorCodes(): void {
  const stock = transferHandlers.get('throw') as TransferHandler<Thrown, unknown>;
  transferHandlers.set('throw', {
    canHandle: (value): value is Thrown => isThrown(value) && stock.canHandle(value),
    serialize({ value }) {
      const view = asAppError(value, 'engine-failed', 'Something went wrong inside Hearth.').view;
      return [{ thrown: view } satisfies Wire, []];
    },
    deserialize(wire): never {
      const { thrown } = wire as Wire;
      throw new AppError(thrown.code, thrown.message);
    },
  });
}
