import type { Outcome } from '@keywatch/events';
import type { CheckedOptions } from './options.js';
import type { PlannedKey } from './planned-key.js';
import type { Random } from './random.js';

/** A request planned by itself; what it doesn't name is as usual for the key. */
export interface PlannedUse {
  readonly kind: 'use';
  readonly ms: number;
  readonly key: PlannedKey;
  /** The key as it was sent, where it is none of the issued ones. */
  readonly subject?: string;
  readonly environment?: string;
  readonly address?: string;
  readonly agent?: string;
  /** Missing: the current one. */
  readonly secretVersion?: number;
  readonly status: number;
  readonly outcome: Outcome;
  /** The anomaly lies in this request itself. */
  readonly isAnomaly: boolean;
}

/** What a planned use has if nothing else is said. */
export const ALLOWED = { kind: 'use', status: 200, outcome: 'allowed', isAnomaly: false } as const;

export type Window = Pick<CheckedOptions, 'startMs' | 'endMs'>;

/** A time within shares of the window; the rest of the incident fits behind it. */
export function moment(
  random: Random,
  { startMs, endMs }: Window,
  from: number,
  to: number,
): number {
  return Math.round(startMs + random.between(from, to) * (endMs - startMs));
}

/** `count` times, rising, in a stretch that ends before the window does. */
export function times(
  random: Random,
  fromMs: number,
  lengthMs: number,
  count: number,
  { endMs }: Window,
): number[] {
  const toMs = Math.min(fromMs + lengthMs, endMs - 1);
  return Array.from({ length: count }, () => Math.round(random.between(fromMs, toMs))).sort(
    (a, b) => a - b,
  );
}
