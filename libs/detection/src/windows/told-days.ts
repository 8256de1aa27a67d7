import { severityRank } from '@keywatch/alerting';
import type { Severity } from '@keywatch/events';

const DAY_MS = 86_400_000;
/** Days remembered; events on time lie on two at most. */
const MAX_DAYS = 3;
const LEVELS = 64;

/** What was told of each day: `[day, rank, ...]`, oldest first. */
export type ToldDays = number[];

/** How often the amount has doubled since the threshold; a day's alert is told again when it has. */
export function doublings(amount: number, threshold: number): number {
  return Math.max(0, Math.min(LEVELS - 1, Math.floor(Math.log2(amount / threshold))));
}

/** Whether this is more than was told of the day; notes it. */
export function isMore(told: ToldDays, day: number, severity: Severity, level: number): boolean {
  const rank = severityRank(severity) * LEVELS + level;
  let at = told.length;
  while (at > 0 && (told[at - 2] ?? 0) > day) at -= 2;
  if (told[at - 2] === day) {
    if ((told[at - 1] ?? 0) >= rank) return false;
    told[at - 1] = rank;
    return true;
  }
  told.splice(at, 0, day, rank);
  if (told.length > 2 * MAX_DAYS) told.splice(0, 2);
  return true;
}

/** `2026-03-01` of days since 1970. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** `2026-03-01 10:00:00` of ms since 1970, for a sentence that says UTC. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
