/**
 * How often a key was used by SDKs, and since when by anything else: enough to say of any use on time, whatever the
 * order of arrival, what was the case before it. SDK uses count with the day after theirs.
 */
export interface SdkDays {
  /** The latest day (since 1970, UTC) with an SDK use. */
  day: number;
  today: number;
  yesterday: number;
  /** On all days before. */
  before: number;
  /** Earliest use by another agent, ms; Infinity: none. */
  othersMs: number;
}

export const noSdkDays = (): SdkDays => ({
  day: 0,
  today: 0,
  yesterday: 0,
  before: 0,
  othersMs: Infinity,
});

export function noteSdkUse(days: SdkDays, day: number): void {
  if (day > days.day) {
    const next = day === days.day + 1;
    days.before += days.yesterday + (next ? 0 : days.today);
    days.yesterday = next ? days.today : 0;
    days.today = 0;
    days.day = day;
  }
  if (day === days.day) days.today += 1;
  else if (day === days.day - 1) days.yesterday += 1;
  else days.before += 1;
}

/** SDK uses on days before this one, which is no more than one before the latest. */
export function sdkUsesBefore(days: SdkDays, day: number): number {
  if (day > days.day) return days.before + days.yesterday + days.today;
  return day === days.day ? days.before + days.yesterday : days.before;
}
