import type { SweepProgress } from '@keywatch/clickhouse';
import type { Completeness } from './completeness.js';
import type { DetectionLag } from './detection.js';
import type { AlertsCompleteness, SweepsUpTo } from './finders.js';

const WORST_FIRST = ['unknown', 'gaps', 'behind', 'complete'] as const;

/**
 * Of a list of alerts: complete as far as what was told is stored, and as far as detection has looked. Sweeps are named
 * beside it, for they look back from an earlier time by design.
 * @param told how complete the stored log of alerts is
 * @param nowMs ms since 1970
 */
export function alertsCompleteness(
  told: Completeness,
  { partitions: _, ...detection }: DetectionLag,
  { sweeps, deadLetters }: Pick<AlertsCompleteness, 'sweeps' | 'deadLetters'>,
  nowMs: number,
): Completeness {
  const states = [told.state, detection.state];
  const upTo = [told.completeUpTo, detection.completeUpTo];
  // RFC 3339 in UTC with milliseconds sorts as text.
  const completeUpTo = upTo.includes(null) ? null : (upTo.toSorted()[0] ?? null);
  const reasons = [told.reason, detection.reason].filter((reason) => reason !== null);
  return {
    ...told,
    state: WORST_FIRST.find((state) => states.includes(state)) ?? 'unknown',
    completeUpTo,
    lag: {
      messages: sum(told.lag.messages, detection.lag),
      seconds: completeUpTo === null ? null : secondsUntil(completeUpTo, nowMs),
    },
    reason: reasons.length === 0 ? null : reasons.join('; '),
    alerts: { detection, sweeps, deadLetters },
  };
}

function secondsUntil(time: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(time)) / 1000));
}

function sum(one: number | null, other: number | null): number | null {
  return one === null || other === null ? null : one + other;
}

/** @param progress of every sweep that was on in the last round */
export function sweepsUpTo(progress: readonly SweepProgress[]): SweepsUpTo {
  const [first] = progress;
  const iso = (ms: number | null): string | null =>
    ms === null ? null : new Date(ms).toISOString();
  return {
    lastRoundAt: iso(first?.roundAtMs ?? null),
    sweeps: progress.map(({ sweep, asOfMs, error }) => ({
      sweep,
      asOf: iso(asOfMs),
      failure: error === '' ? null : error,
    })),
    reason: first === undefined ? 'no round of sweeps is recorded' : null,
  };
}
