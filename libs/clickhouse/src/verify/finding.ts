/** What one check of `keywatch verify` found. */
export interface Finding {
  /** Name of the check, for scripts. */
  readonly check: CheckName;
  readonly ok: boolean;
  /** What was found, with numbers; of many differences the first few. */
  readonly detail: string;
  /** What to do; empty where all is well. */
  readonly hint: string;
}

export const CHECKS = [
  'log-positions',
  'range-gaps',
  'range-counts',
  'range-rows',
  'duplicates',
  'usage-5m',
  'usage-1h',
  'key-activity',
  'key-lifecycle',
  'callers',
  'alerts',
  'alert-evidence',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** How many differences a finding spells out. */
export const EXAMPLES = 10;

/** A count for people to read: 201,722. */
export const grouped = (count: number): string => count.toLocaleString('en-US');

export function fine(check: CheckName, detail: string): Finding {
  return { check, ok: true, detail, hint: '' };
}

/** @param total how many there are; `examples` may be fewer */
export function wrong(
  check: CheckName,
  what: string,
  total: number,
  examples: readonly string[],
  hint: string,
): Finding {
  const shown = examples.slice(0, EXAMPLES);
  const more = total > shown.length ? `; and ${total - shown.length} more` : '';
  return { check, ok: false, detail: `${what}: ${shown.join('; ')}${more}`, hint };
}
