import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../command-error.js';

/** Rows are there a second or two after the log has acknowledged. */
const LIMIT_MS = 20_000;
const AGAIN_MS = 250;

/**
 * Asks until what was recorded is stored too, so that the next command sees it.
 * @param look undefined: not yet
 * @throws CommandError 1 where that takes longer: it is recorded, and will be stored
 */
export async function untilStored<T>(
  look: () => Promise<T | undefined>,
  limitMs = LIMIT_MS,
): Promise<T> {
  const until = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() >= until) {
      throw new CommandError(
        `Recorded, but not stored after ${limitMs / 1000} s: ingest is away or behind (\`keywatch doctor\` tells). Nothing is lost and nothing needs to be done again; lists show it once ingest has caught up.`,
        1,
      );
    }
    await delay(AGAIN_MS);
  }
}
