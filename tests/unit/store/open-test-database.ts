import { deleteDB } from 'idb';
import { onTestFinished } from 'vitest';
import { openDatabase, type OpenOptions } from '../../../src/worker/store/open-database.ts';
import type { Database } from '../../../src/worker/store/schema.ts';

let opened = 0;

/** A name no other test uses. The database goes when the test ends. */
export function testName(): string {
  opened += 1;
  const name = `hearth-test-${opened}-${crypto.randomUUID()}`;
  onTestFinished(() => deleteDB(name));
  return name;
}

const unexpected = (what: string) => () => {
  throw new Error(`The database was ${what}, and this test does not expect it.`);
};

/** Opens a database, and closes it when the test ends. */
export async function openTestDatabase(options: Partial<OpenOptions> = {}): Promise<Database> {
  const database = await openDatabase({
    name: testName(),
    onBlocked: unexpected('blocked'),
    onBlocking: unexpected('asked for'),
    onTerminated: unexpected('terminated'),
    ...options,
  });
  onTestFinished(() => database.close());
  return database;
}
