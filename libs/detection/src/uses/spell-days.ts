import { z } from 'zod';
import { FIRST, type Silence } from '../windows/spells.js';
import { DAY_MS, isoDay } from './times.js';

/** For how long it must have been quiet before the same trouble of a key is told of anew. */
export const QUIET_DAYS = z
  .int()
  .min(1)
  .max(90)
  .default(7)
  .describe('Days without it after which it is told of anew; while it goes on it is one alert');

/** How long what was told is remembered of a key that nobody issued, ms: as long as raw events are kept. */
export const TOLD_KEEPS_MS = 400 * DAY_MS;

/** @param reachMs how far apart the events lie that make one finding */
export function silenceOf(quietDays: number, latenessMs: number, reachMs = 0): Silence {
  return { quietDays, disorderDays: Math.ceil((latenessMs + reachMs) / DAY_MS) };
}

/** Window of an alert about a spell, for a person: `TruffleHog`; later on `TruffleHog, anew after 2026-03-01`. */
export function spellText(what: string, name: number): string {
  return name === FIRST ? what : `${what}, anew after ${isoDay(name)}`;
}
