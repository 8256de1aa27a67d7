import { setTimeout as sleep } from 'node:timers/promises';

export interface Backoff {
  /** Wait before the second try, in ms; doubles with every try. */
  readonly firstMs: number;
  /** Longest wait, in ms. Well below a consumer's session timeout. */
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { firstMs: 100, maxMs: 5_000 };

/**
 * How long to wait after try number `attempt` (from 1): exponential, between half and all of it at random, so that
 * several writers don't come back at the same moment.
 */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs }: Backoff,
  random: () => number = Math.random,
): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full * (0.5 + random() / 2));
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function waitFor(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
