import { holdsSecretValue, redactPayload } from '@keywatch/events';

/** The member at a path of a foreign value; undefined where any step is missing. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string, unknown>)[step];
  }
  return here;
}

/**
 * The text at a path, cut to what the event contract allows (characters); undefined where it is empty or no text.
 * A token pasted into a free text, such as a user agent, is redacted: otherwise a caller could keep its requests out
 * of sight by sending one.
 */
export function textAt(
  value: unknown,
  maxLength: number,
  ...path: readonly string[]
): string | undefined {
  const found = member(value, ...path);
  if (typeof found !== 'string' || found === '') return undefined;
  const safe = holdsSecretValue(found) ? redactPayload(found, found.length) : found;
  return safe.length > maxLength ? safe.slice(0, maxLength) : safe;
}

/** The text at a path as an identity: never cut, undefined where it is longer (characters). */
export function idAt(
  value: unknown,
  maxLength: number,
  ...path: readonly string[]
): string | undefined {
  const found = member(value, ...path);
  return typeof found === 'string' && found !== '' && found.length <= maxLength ? found : undefined;
}

/** A copy without the members that are undefined. */
export function withoutUndefined<T extends object>(members: {
  readonly [K in keyof T]: T[K] | undefined;
}): T {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as T;
}
