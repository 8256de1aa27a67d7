import { z } from 'zod';

/** What a person gave and can't be used; every problem at once, each with the parameter's name. */
export class ReportParamsError extends Error {
  override readonly name = 'ReportParamsError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/** Borders of what the tables' buckets (DateTime) can hold; a later time would wrap round to 1970. */
const LATEST_MS = Date.UTC(2100, 0, 1);

/** A moment as RFC 3339, or a date, which is its midnight in UTC; parsed to milliseconds since 1970. */
export function instant(about: string) {
  return z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], {
      error: 'must be a time such as 2026-11-24T12:00:00Z, or a date such as 2026-11-24',
    })
    .transform((text) => Date.parse(text))
    .refine((ms) => ms >= 0 && ms <= LATEST_MS, 'must lie between 1970 and 2100')
    .describe(about);
}

const TOO_MUCH = 'must be a text of at most 512 characters, or up to 1,000 of them';

/** One value or several (the parameter repeated); an empty text is a value of its own: unknown. */
export function anyOf(about: string) {
  const value = z.string(TOO_MUCH).max(512, TOO_MUCH);
  return z
    .union([value, z.array(value).min(1, TOO_MUCH).max(1000, TOO_MUCH)], { error: TOO_MUCH })
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .describe(about);
}

/** `true` or `false`. */
export function flag(about: string) {
  return z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .describe(about);
}

/** A whole number of days. */
export function daysUpTo(most: number, about: string) {
  const problem = `must be a whole number of days, at most ${most}`;
  return z.coerce.number(problem).int(problem).min(0, problem).max(most, problem).describe(about);
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T, about: string) {
  return z.enum(values, `must be one of ${values.join(', ')}`).describe(about);
}

/** Some of a few words: one, or several (the parameter repeated). */
export function someOf<const T extends readonly [string, ...string[]]>(values: T, about: string) {
  const error = `must be one or some of ${values.join(', ')}`;
  const value = z.enum(values, error);
  return z
    .union([value, z.array(value).min(1, error)], { error })
    .transform((given) => (Array.isArray(given) ? given : [given]))
    .describe(about);
}

export const MAX_LIMIT = 1_000_000;

/** Parameters of every report: how many rows, and where to go on. */
export const PAGING = {
  limit: z.coerce
    .number('must be a whole number')
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(MAX_LIMIT, `must be at most ${MAX_LIMIT}`)
    .optional()
    .describe('Rows at most; missing: all of them'),
  cursor: z
    .string()
    .max(4096)
    .optional()
    .describe('`nextCursor` of the page before; the other parameters stay as they were'),
} as const;

/** @throws ReportParamsError with every problem. */
export function parseParams<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ReportParamsError(result.error.issues.flatMap(problemsOf));
}

function problemsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${key} is no parameter of this report`);
  }
  const name = issue.path.map(String).join('.');
  return [name === '' ? issue.message : `${name} ${issue.message}`];
}
