import { setTimeout as delay } from 'node:timers/promises';
import { CommandError } from '../command-error.js';

const AS_OF = /^keywatch_sweep_as_of_seconds\{[^}]*\} ([0-9.e+]+)$/gm;

/**
 * Waits until every sweep has looked at everything up to `sinceMs` less its lateness: the metrics of sweep say as of
 * when it looked last.
 */
export async function untilSwept(
  metricsUrl: string,
  sinceMs: number,
  latenessMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (performance.now() < deadline) {
    const text = await fetch(metricsUrl, { signal }).then(
      (response) => response.text(),
      () => '',
    );
    const asOfs = [...text.matchAll(AS_OF)].map(([, seconds]) => Number(seconds) * 1000);
    if (asOfs.length > 0 && Math.min(...asOfs) >= sinceMs - latenessMs) return;
    await delay(200, undefined, { signal });
  }
  throw new CommandError('No sweep finished within two minutes; see the log.');
}
