import { createContext, useContext } from 'solid-js';
import { AppError } from '../../shared/errors.ts';
import type { CoreConnection } from './core-connection.ts';

export const CoreContext = createContext<CoreConnection>();

export function useCore(): CoreConnection {
  const core = useContext(CoreContext);
  if (!core) throw new AppError('bad-input', 'useCore must be called inside <CoreContext.Provider>.');
  return core;
}
