/** How long to wait before a process is started again. */
export interface Backoff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A process that was up this long has recovered: the next failure counts as the first again. */
  readonly stableMs: number;
}

export const BACKOFF: Backoff = { firstMs: 500, maxMs: 15_000, stableMs: 30_000 };

/** The wait before restart number `failures` in a row (1, 2, ...): doubled each time, up to the cap. */
export const restartDelay = (failures: number, { firstMs, maxMs }: Backoff): number =>
  Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
