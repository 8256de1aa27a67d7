/** EPIPE: the reader of a pipe is gone, as `head` is once it has its lines; EIO: the terminal is closed. */
const CLOSED: ReadonlySet<unknown> = new Set(['EPIPE', 'EIO']);

/** Whether an error says that nobody reads our output any more. */
export function isClosedOutput(error: unknown): boolean {
  return CLOSED.has((error as { code?: unknown } | null)?.code);
}

/**
 * A reader that has enough ends the command without a word, as with other tools. What has to be put away first (a stack
 * that runs, connections) is told as by Ctrl-C; all else ends at once.
 * @param outputs told once, however many of them close
 * @param end how the command ends
 */
export function endWithReader(outputs: readonly NodeJS.EventEmitter[], end: () => void): void {
  let gone = false;
  for (const output of outputs) {
    output.on('error', (error: unknown) => {
      if (!isClosedOutput(error)) throw error;
      if (gone) return;
      gone = true;
      end();
    });
  }
}
