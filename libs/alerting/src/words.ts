const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A day for a person's eyes, in UTC: `1 March 2026`. */
export function dayInWords(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** `a`, `a and b`, `a, b and c`; beyond `max` the rest is counted: `a, b and 3 more`. */
export function listInWords(items: readonly string[], max = 5): string {
  const rest = items.length - max;
  const shown = rest > 0 ? [...items.slice(0, max), `${rest} more`] : items;
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}

/** `1 day`, `90 days`. */
export function countInWords(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
