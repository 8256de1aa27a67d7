import { setTimeout as delay } from 'node:timers/promises';

/** A look asks broker or engine, mostly over a new connection: what is looked at should have the processor. */
const EVERY_MS = 400;

/**
 * Looks again and again until `look` gives something; a look that fails counts as "not yet": a server may be down.
 * @throws Error after `limitMs`, with `why` and the last failure
 */
export async function until<T>(
  what: string,
  limitMs: number,
  look: () => Promise<T | undefined> | T | undefined,
  why: () => string = () => '',
): Promise<T> {
  const limit = performance.now() + limitMs;
  let failure: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined) return found;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    if (performance.now() > limit) {
      throw new Error(`${what}: not within ${limitMs / 1000} s. ${why()}`, { cause: failure });
    }
    await delay(EVERY_MS);
  }
}
