import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  readonly signal: AbortSignal;
  /** Milliseconds between two looks; also how coarse the time is at which it is seen. */
  readonly everyMs: number;
  /** Milliseconds without any change of what `progress` gives after which it is given up. */
  readonly stallMs: number;
  /** Why it may have stalled, asked when it has. */
  readonly why?: () => Promise<string> | string;
}

/**
 * Looks again and again until `look` gives something.
 * @param look undefined: not yet. A number it puts into `progress` says how far it is.
 * @throws Error when there is no progress for `stallMs`
 */
export async function until<T>(
  what: string,
  options: UntilOptions,
  look: (progress: (value: number) => void) => Promise<T | undefined>,
): Promise<T> {
  let last = Number.NaN;
  let since = performance.now();
  const progress = (value: number): void => {
    if (value !== last) since = performance.now();
    last = value;
  };
  for (;;) {
    options.signal.throwIfAborted();
    const found = await look(progress);
    if (found !== undefined) return found;
    if (performance.now() - since > options.stallMs) {
      const why = (await options.why?.()) ?? '';
      throw new Error(
        `${what}: no progress for ${options.stallMs / 1000} s (it stands at ${last}). ${why}`.trim(),
      );
    }
    await delay(options.everyMs, undefined, { signal: options.signal });
  }
}
