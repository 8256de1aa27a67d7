import { setTimeout as sleep } from 'node:timers/promises';
import { mayPass } from './errors.js';

export interface ReadRetry {
  /** Wait after the first failure, in ms; doubles up to `maxMs`. */
  readonly firstMs: number;
  readonly maxMs: number;
  readonly onRetry?: (error: unknown) => void;
}

export const READ_RETRY: ReadRetry = { firstMs: 100, maxMs: 5_000 };

/**
 * Reads for as long as the fault may pass: without these positions nothing can be written, and giving up would only
 * start the process again. @throws the error that can't pass, or the signal's reason
 */
export async function retryRead<T>(
  read: () => Promise<T>,
  signal: AbortSignal,
  { firstMs, maxMs, onRetry }: ReadRetry = READ_RETRY,
): Promise<T> {
  for (let waitMs = firstMs; ; waitMs = Math.min(maxMs, waitMs * 2)) {
    signal.throwIfAborted();
    try {
      return await read();
    } catch (error) {
      if (!mayPass(error)) throw error;
      onRetry?.(error);
    }
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
