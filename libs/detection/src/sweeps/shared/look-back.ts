import { z } from 'zod';
import type { SweepTime } from '../../sweep.js';

const DAY_MS = 86_400_000;

export const LOOK_BACK_DAYS = z
  .int()
  .min(1)
  .max(400)
  .default(7)
  .describe('Days that are looked through after a start; the log keeps its messages for 7 days');

export const MAX_FINDINGS = z
  .int()
  .min(1)
  .max(10_000)
  .default(1000)
  .describe('Findings per sweep; the rest come with the next');

/** Up to when everything was told, in ms; after a start so many days before. */
export function toldUpTo({ asOfMs, sinceMs }: SweepTime, lookBackDays: number): number {
  return sinceMs ?? asOfMs - lookBackDays * DAY_MS;
}
