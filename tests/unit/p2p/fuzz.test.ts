import { describe, it } from 'vitest';
import { fuzzReaders, fuzzSession } from './fuzz.ts';

// `npm run chaos` sends a million.
describe('20,000 random and mutated frames', { timeout: 60_000 }, () => {
  it('10,000 against a live session', () => fuzzSession(10_000));
  it('10,000 against the readers', () => fuzzReaders(10_000));
});
