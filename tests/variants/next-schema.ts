import { migrations as shipped } from '../../src/worker/store/schema.ts';

export * from '../../src/worker/store/schema.ts';

/** One version more, as a later release has it; what the step does is of no matter here. */
export const migrations = [...shipped, () => {}];
