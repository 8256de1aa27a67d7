import { type z } from 'zod';

interface Configurable {
  readonly id: string;
  readonly settings: z.ZodObject;
}

/** Settings by rule or sweep id; what is left out has its default. */
export type DetectionSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Checked settings of each, in the order given.
 *
 * @throws Error that lists every unknown id and every wrong setting at once.
 */
export function resolveSettings(
  all: readonly Configurable[],
  given: DetectionSettings,
): Record<string, unknown>[] {
  const ids = all.map(({ id }) => id);
  const problems = Object.keys(given)
    .filter((id) => !ids.includes(id))
    .map((id) => `${id}: no such rule or sweep; there are ${ids.join(', ')}`);
  const resolved = all.map(({ id, settings }) => {
    const result = settings.safeParse(given[id] ?? {});
    if (result.success) return result.data;
    problems.push(
      ...result.error.issues.map((issue) => `${[id, ...issue.path].join('.')}: ${issue.message}`),
    );
    return {};
  });
  if (problems.length > 0) throw new Error(`Detection settings:\n${problems.join('\n')}`);
  return resolved;
}
