import type { Page } from '@playwright/test';
import type { Message } from '../../src/shared/conversation.ts';

/** Every message in the page's IndexedDB, oldest first, read past the core. */
export function storedMessages(page: Page): Promise<Message[]> {
  return page.evaluate(
    () =>
      new Promise<Message[]>((resolve, reject) => {
        const opening = indexedDB.open('hearth');
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const database = opening.result;
          const reading = database.transaction('messages').objectStore('messages').getAll();
          reading.onerror = () => reject(reading.error);
          reading.onsuccess = () => {
            database.close();
            resolve(reading.result as Message[]);
          };
        };
      }),
  );
}

/** The newest answer in the store. */
export async function storedAnswer(page: Page): Promise<Message | undefined> {
  return (await storedMessages(page)).findLast(({ role }) => role === 'assistant');
}
