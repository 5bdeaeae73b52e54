import type { ArchiveReport } from '../../shared/archive.ts';
import { AppError, asAppError } from '../../shared/errors.ts';
import type { ConversationId } from '../../shared/ids.ts';
import type { Library } from '../library.ts';
import type { Store } from '../store/store.ts';
import {
  archiveFormat,
  archiveVersion,
  readHeader,
  readLine,
  type SavedConversation,
} from './archive-format.ts';
import { readLines } from './read-lines.ts';
import { writeMarkdown } from './write-markdown.ts';

/** More of them would tell nobody more. */
const mostProblems = 10;
/** Messages of one write: each waits for the disk, and all that it changes is drawn at once in each tab. */
const atOnce = 200;

/** All conversations in one file, and such a file taken in. */
export interface Archive {
  save(): Promise<Blob>;
  /**
   * Adds what the file has and this device lacks; nothing that is here changes, so the same file twice is the same file once.
   * Rejects with `bad-input` for another kind of file or one that cannot be read to its end, and with `storage-full` or
   * `storage-failed`: what came before that is here.
   */
  add(file: Blob): Promise<ArchiveReport>;
  /** One conversation for people: the branch that is shown. */
  writeMarkdown(id: ConversationId): Promise<string>;
}

export function makeArchive(
  library: Pick<Library, 'conversations' | 'takeIn'>,
  store: Pick<Store, 'readMessages'>,
): Archive {
  return {
    async save() {
      // A Blob may lie on the disk: only one conversation at a time is in memory.
      const header = JSON.stringify({ format: archiveFormat, version: archiveVersion });
      const lines = [new Blob([header, '\n'])];
      for (const conversation of Object.values(library.conversations.conversations)) {
        const messages = await store.readMessages(conversation.id);
        if (messages.length > 0) lines.push(new Blob([JSON.stringify({ conversation, messages }), '\n']));
      }
      return new Blob(lines, { type: 'application/jsonl' });
    },

    async add(file) {
      const report: ArchiveReport = { added: 0, completed: 0, known: 0, problems: [], refused: 0 };
      let number = -1;
      let batch: { number: number; saved: SavedConversation }[] = [];
      let messages = 0;
      const refuse = (which: number, problem: string): void => {
        report.refused += 1;
        if (report.problems.length < mostProblems) report.problems.push(`Conversation ${which}: ${problem}`);
      };
      const takeIn = async (): Promise<void> => {
        if (batch.length === 0) return;
        const results = await library.takeIn(batch.map(({ saved }) => saved)).catch((error: unknown) => {
          throw asAppError(error, 'storage-failed', 'The conversations could not be saved.');
        });
        for (const [index, result] of results.entries()) {
          if (result === 'foreign')
            refuse(
              batch[index]?.number ?? 0,
              'it is in the file twice, or has a message of another conversation that is here.',
            );
          else report[result] += 1;
        }
        batch = [];
        messages = 0;
      };

      try {
        for await (const line of readLines(file)) {
          number += 1;
          if (number === 0) {
            readHeader(line);
            continue;
          }
          try {
            const saved = readLine(line);
            batch.push({ number, saved });
            messages += saved.messages.length;
          } catch (failure) {
            refuse(number, asAppError(failure, 'bad-input', 'it could not be read.').message);
          }
          if (messages >= atOnce) await takeIn();
        }
        if (number < 0) readHeader('');
        await takeIn();
      } catch (failure) {
        const error = asAppError(failure, 'bad-input', 'This file could not be read to its end.');
        // What stands before the place where the file breaks off is whole.
        if (error.code === 'bad-input') await takeIn();
        throw withCount(error, report);
      }
      return report;
    },

    async writeMarkdown(id) {
      const conversation = library.conversations.conversations[id];
      if (!conversation) throw new AppError('not-found', 'This conversation is not here any more.');
      return writeMarkdown(conversation, await store.readMessages(id));
    },
  };
}

function withCount(error: AppError, { added, completed }: ArchiveReport): AppError {
  const so = added + completed;
  if (so === 0) return error;
  // What is wrong with the file would be so again.
  const rest = error.code === 'bad-input' ? '' : '; the same file again brings the rest';
  return new AppError(
    error.code,
    `${error.message} Before that, ${so} of the file’s conversations were taken in${rest}.`,
    { cause: error },
  );
}
