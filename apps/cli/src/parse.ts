import { InvalidArgumentError } from 'commander';

/** For commander: a whole number between two bounds. */
export function wholeNumber(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      most === Number.MAX_SAFE_INTEGER
        ? `It must be a whole number, at least ${least}.`
        : `It must be a whole number between ${least} and ${most}.`,
    );
  };
}

/** For commander: a number between two bounds. */
export function numberIn(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      least === Number.MIN_VALUE
        ? `It must be a number above 0, at most ${most}.`
        : `It must be a number between ${least} and ${most}.`,
    );
  };
}

const TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/;

/** For commander: a moment as RFC 3339, or a date, which is its midnight in UTC; ms since 1970. */
export function timeMs(text: string): number {
  const value = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(value)) return value;
  throw new InvalidArgumentError(
    'It must be a time such as 2026-11-24T12:00:00Z, or a date such as 2026-11-24.',
  );
}

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** For commander: a stretch of time as a number and m, h or d; in ms. */
export function durationMs(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  if (number === undefined) {
    throw new InvalidArgumentError(
      'It must be a number of minutes, hours or days such as 30m, 2h or 7d.',
    );
  }
  return Number(number) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

/** For commander: a list for people, or the answer as it is. */
export function tableOrJson(text: string): 'table' | 'json' {
  if (text === 'table' || text === 'json') return text;
  throw new InvalidArgumentError('It must be table or json.');
}

/** For commander: an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
