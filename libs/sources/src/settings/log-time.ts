/** Forms of time in logs. */
export const TIME_FORMATS = [
  'rfc3339',
  'unix',
  'unix-ms',
  'unix-us',
  'unix-ns',
  'sql',
  'clf',
] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const SQL = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?$/;
const CLF = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d(?:\.\d+)?) ([+-]\d\d)(\d\d)$/;
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
/** Milliseconds of one unit. */
const UNITS: Readonly<Partial<Record<TimeFormat, number>>> = {
  unix: 1000,
  'unix-ms': 1,
  'unix-us': 1e-3,
  'unix-ns': 1e-6,
};
/** The years that four digits write, in ms since 1970. */
const EARLIEST = Date.parse('0000-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A log's time as RFC 3339 in UTC, to the millisecond; undefined where it is none in that form. `sql` has no zone and
 * is UTC; `clf` is the Common Log Format's `10/Oct/2000:13:55:36 -0700`.
 */
export function logTime(value: unknown, format: TimeFormat): string | undefined {
  const ms = msOf(value, format);
  return Number.isFinite(ms) && ms >= EARLIEST && ms <= LATEST
    ? new Date(Math.floor(ms)).toISOString()
    : undefined;
}

function msOf(value: unknown, format: TimeFormat): number {
  const unit = UNITS[format];
  if (unit !== undefined) {
    const isNumber = typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value);
    return typeof value === 'number' || isNumber ? Number(value) * unit : Number.NaN;
  }
  if (typeof value !== 'string') return Number.NaN;
  if (format === 'rfc3339') return RFC_3339.test(value) ? exactly(value.replace(' ', 'T')) : NaN;
  if (format === 'sql') {
    return SQL.test(value) ? exactly(`${value.replace(' ', 'T').replace(',', '.')}Z`) : NaN;
  }
  const [, day, month = '', year, clock, hours, minutes] = CLF.exec(value) ?? [];
  const number = MONTHS.indexOf(month) + 1;
  if (number === 0) return Number.NaN;
  const text = `${year}-${String(number).padStart(2, '0')}-${day}T${clock}${hours}:${minutes}`;
  return exactly(text);
}

/** Date.parse takes 31 February for 3 March. */
function exactly(text: string): number {
  const day = Number(text.slice(8, 10));
  const days = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0));
  return day > days.getUTCDate() ? Number.NaN : Date.parse(text.toUpperCase());
}
