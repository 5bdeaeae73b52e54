/** Why the server cannot start, as one sentence for the person at the console. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
