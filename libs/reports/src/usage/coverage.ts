/** Where the sums of a stretch of time come from: an hour's bucket, one of five minutes, or the events themselves. */
export type Grain = 'hour' | 'five-minutes' | 'raw';

/** A stretch of time, `from` in and `to` not, in ms since 1970; a missing border is open. */
export interface Stretch {
  readonly grain: Grain;
  readonly from?: number;
  readonly to?: number;
}

export const HOUR_MS = 3_600_000;
export const FIVE_MINUTES_MS = 300_000;

/**
 * Cuts [from, to) into stretches that together are exactly it: whole hours, whole five minutes beside them, and the
 * rest from the events. Every bucket that is used lies inside, so sums over buckets equal sums over events.
 */
export function coverage(from: number | undefined, to: number | undefined): Stretch[] {
  return cut(from, to, [
    { grain: 'hour', size: HOUR_MS },
    { grain: 'five-minutes', size: FIVE_MINUTES_MS },
  ]);
}

interface Size {
  readonly grain: Grain;
  readonly size: number;
}

function cut(
  from: number | undefined,
  to: number | undefined,
  [coarsest, ...finer]: readonly Size[],
): Stretch[] {
  if (from !== undefined && to !== undefined && from >= to) return [];
  if (coarsest === undefined) return [stretch('raw', from, to)];
  const { grain, size } = coarsest;
  const first = from === undefined ? undefined : Math.ceil(from / size) * size;
  const last = to === undefined ? undefined : Math.floor(to / size) * size;
  if (first !== undefined && last !== undefined && first >= last) return cut(from, to, finer);
  return [
    ...(from === undefined ? [] : cut(from, first, finer)),
    stretch(grain, first, last),
    ...(to === undefined ? [] : cut(last, to, finer)),
  ];
}

function stretch(grain: Grain, from: number | undefined, to: number | undefined): Stretch {
  return {
    grain,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
