/** Something a person can mend; its message is the whole sentence they see. */
export class Problem extends Error {}

/**
 * Awaits a script's work. A `Problem` is printed as its sentence, anything else with its stack; both end in exit code 1.
 * The exit code is set instead of calling `process.exit`, which would cut off output still on its way to a pipe.
 * @param {Promise<unknown>} work
 */
export async function orExit(work) {
  try {
    await work;
  } catch (error) {
    console.error(error instanceof Problem ? error.message : error);
    process.exitCode = 1;
  }
}
