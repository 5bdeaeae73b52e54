/** What became of a file of saved conversations that was taken in. */
export interface ArchiveReport {
  /** Conversations that are new here. */
  added: number;
  /** Conversations that were here, and now have messages that only the file had. */
  completed: number;
  /** Conversations that were here with all their messages. */
  known: number;
  /** Why the others could not be taken in, one sentence each; the first of them. */
  problems: string[];
  /** How many others there were. */
  refused: number;
}
