const FIRST_MS = 1000;
const LONGEST_MS = 300_000;

/**
 * Wait before attempt `attempt + 1` in ms: exponential from a second to five minutes with full jitter (Brooker,
 * "Exponential Backoff And Jitter", 2015), never shorter than what the other side asks for.
 */
export function backoffMs(
  attempt: number,
  askedMs = 0,
  random: () => number = Math.random,
): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.max(askedMs, Math.round(ceiling * random()));
}
