import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for `work`, but no longer than `ms`.
 * @throws Error with the message `late()` when the time is over; the work itself goes on and its later failure is ignored.
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => string): Promise<T> {
  const timer = new AbortController();
  work.catch(() => undefined);
  try {
    return await Promise.race([
      work,
      sleep(ms, undefined, { signal: timer.signal }).then(() => {
        throw new Error(late());
      }),
    ]);
  } finally {
    timer.abort();
  }
}

/** Asks `fact` again and again, `everyMs` apart, until it answers true (true) or `ms` are over (false). */
export async function becomes(
  fact: () => boolean | Promise<boolean>,
  ms: number,
  everyMs = 50,
): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await fact())) {
    if (performance.now() >= end) return false;
    await sleep(everyMs);
  }
  return true;
}

/** What an error says; anything can be thrown. */
export const messageOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
