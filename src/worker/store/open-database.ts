import { wrap, type IDBPDatabase } from 'idb';
import type { AppError } from '../../shared/errors.ts';
import {
  databaseName,
  migrate,
  migrations as shipped,
  type Database,
  type HearthSchema,
  type Migration,
  type Upgrade,
} from './schema.ts';
import { heldByOlderTab, openError } from './storage-error.ts';

export interface OpenOptions {
  name?: string;
  indexedDB?: IDBFactory;
  /** Their number is the version. Tests add some, to be a later Hearth. */
  migrations?: readonly Migration[];
  /** A connection of an older version is still open. The opening waits for it to close, then goes on. */
  onBlocked(error: AppError): void;
  /** A newer version wanted to open, so this connection was closed. */
  onBlocking(): void;
  /** The browser closed the connection: site data was cleared, or the disk failed. */
  onTerminated(): void;
}

/**
 * Opens the database, made or migrated as needed.
 * Rejects with an `AppError`: `storage-full` or `storage-failed`. Not idb's `openDB`, because that knows the global factory only.
 */
export async function openDatabase(options: OpenOptions): Promise<Database> {
  try {
    const { indexedDB: factory = indexedDB, name = databaseName, migrations = shipped } = options;
    const request = factory.open(name, migrations.length);
    request.addEventListener('upgradeneeded', ({ oldVersion }) => {
      const transaction = wrap(request.transaction as IDBTransaction) as unknown as Upgrade;
      // What becomes of it is known by the request.
      transaction.done.catch(() => {});
      migrate(wrap(request.result) as Database, transaction, oldVersion, migrations);
    });
    request.addEventListener('blocked', () => options.onBlocked(heldByOlderTab()));
    const database = (await wrap(request)) as IDBPDatabase<HearthSchema>;
    database.addEventListener('versionchange', () => {
      database.close();
      options.onBlocking();
    });
    // Fires only when the browser closes the connection, not for `close()`.
    database.addEventListener('close', () => options.onTerminated());
    return database;
  } catch (error) {
    throw openError(error);
  }
}
