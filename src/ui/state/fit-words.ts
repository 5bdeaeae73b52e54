import type { Fit } from '../../shared/models-state.ts';

export const fitWords: Record<Fit['verdict'], string> = {
  fits: 'Fits',
  tight: 'Tight',
  no: 'Will not run',
};
