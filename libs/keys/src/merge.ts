import type { Dated, KeyState } from './key-state.js';

/**
 * Joins what two sets of events say of one key. Commutative, associative and idempotent: events may come in any order
 * and any number of times.
 */
export function mergeKeyStates(a: KeyState, b: KeyState): KeyState {
  return compact({
    createdAtMs: least(a.createdAtMs, b.createdAtMs),
    lastRotatedAtMs: greatest(a.lastRotatedAtMs, b.lastRotatedAtMs),
    revokedAtMs: least(a.revokedAtMs, b.revokedAtMs),
    leakReportedAtMs: least(a.leakReportedAtMs, b.leakReportedAtMs),
    secretVersion: Math.max(a.secretVersion, b.secretVersion),
    description: latest(a.description, b.description),
    grace: latest(a.grace, b.grace),
    disabled: latest(a.disabled, b.disabled),
  });
}

type Loose<T> = { [K in keyof T]: T[K] | undefined };

/** Leaves undefined members out, so that equal states are equal as values and as JSON. */
export function compact(state: Required<Loose<KeyState>>): KeyState {
  const kept = Object.entries(state).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as unknown as KeyState;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

function greatest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function latest<T>(a: Dated<T> | undefined, b: Dated<T> | undefined): Dated<T> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isLater(a, b) ? a : b;
}

function isLater<T>(a: Dated<T>, b: Dated<T>): boolean {
  if (a.atMs !== b.atMs) return a.atMs > b.atMs;
  const byId = compareBytes(a.eventId, b.eventId);
  if (byId !== 0) return byId > 0;
  // Two producers may use one id at one time: the content decides, so that the order of arrival still doesn't.
  return compareBytes(JSON.stringify([a.value]), JSON.stringify([b.value])) > 0;
}

/** As ClickHouse orders text: by bytes. */
function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
