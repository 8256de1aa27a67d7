export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

/** The UTC day, `2026-03-01`. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** RFC 3339 with milliseconds. Calls come in time order, so the text of the second is kept between them. */
export function timeWriter(): (ms: number) => string {
  let second = Number.NaN;
  let text = '';
  return (ms) => {
    const rest = ms % 1000;
    if (ms - rest !== second) {
      second = ms - rest;
      text = new Date(second).toISOString().slice(0, 20);
    }
    return `${text}${String(rest).padStart(3, '0')}Z`;
  };
}
