import { logTime } from './settings/log-time.js';

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
/** As CloudTrail Lake and Athena export it. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?$/;
/** As STS and IAM answer: `Jul 10, 2023, 12:09:47 PM`; older records have no second comma. */
const IN_WORDS = /^[A-Z][a-z]{2} \d{1,2}, \d{4},? \d{1,2}:\d\d:\d\d [AP]M$/;

/**
 * A time of a CloudTrail record as RFC 3339, unchanged where it is that already. Times without a zone are UTC.
 * Undefined where it is no time.
 */
export function awsTime(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  // Newer Java runtimes put a narrow no-break space before AM and PM.
  const text = value.trim().replace(/\s/g, ' ');
  if (RFC_3339.test(text)) return logTime(text, 'rfc3339') === undefined ? undefined : text;
  let ms = Number.NaN;
  if (WITHOUT_ZONE.test(text)) return logTime(text, 'sql');
  if (IN_WORDS.test(text)) ms = Date.parse(`${text} UTC`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
