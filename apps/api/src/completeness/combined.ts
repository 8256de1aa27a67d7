import type { Counts } from '../ports/database.js';
import type { Completeness } from './completeness.js';

const WORST_FIRST = ['unknown', 'gaps', 'behind', 'complete'] as const;

/**
 * Of an answer that rests on several topics: as complete as the least complete of them.
 * @param parts by topic, at least one
 */
export function combined(parts: readonly (readonly [string, Completeness])[]): Completeness {
  const all = parts.map(([, completeness]) => completeness);
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const state = WORST_FIRST.find((known) => all.some((one) => one.state === known)) ?? 'unknown';
  const upTo = all.map(({ completeUpTo }) => completeUpTo);
  const reasons = parts
    .filter(([, { reason }]) => reason !== null)
    .map(([topic, { reason }]) => `${topic}: ${reason ?? ''}`);
  return {
    state,
    // RFC 3339 in UTC with milliseconds sorts as text.
    completeUpTo: upTo.includes(null) ? null : (upTo.toSorted()[0] ?? null),
    lag: {
      messages: sum(all.map(({ lag }) => lag.messages)),
      seconds: most(all.map(({ lag }) => lag.seconds)),
    },
    missing: sum(all.map(({ missing }) => missing)),
    reason: reasons.length === 0 ? null : reasons.join('; '),
    total: counts(all.map(({ total }) => total)),
    inRange: counts(all.map(({ inRange }) => inRange)),
  };
}

/** null as soon as one is unknown. */
function sum(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce((a, b) => (a === null || b === null ? null : a + b), 0);
}

function most(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce((a, b) => (a === null || b === null ? null : Math.max(a, b)), 0);
}

function counts(all: readonly (Counts | null)[]): Counts | null {
  return all.reduce<Counts | null>(
    (a, b) =>
      a === null || b === null
        ? null
        : {
            messages: a.messages + b.messages,
            events: a.events + b.events,
            duplicates: a.duplicates + b.duplicates,
            conflicts: a.conflicts + b.conflicts,
            deadLetters: a.deadLetters + b.deadLetters,
            dropped: a.dropped + b.dropped,
          },
    { messages: 0, events: 0, duplicates: 0, conflicts: 0, deadLetters: 0, dropped: 0 },
  );
}
