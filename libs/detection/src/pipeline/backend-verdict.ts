import { momentInWords, OWN_TENANT, type Trouble, type Verdict } from './trouble.js';

/** A server that was asked at every look. Times in ms since 1970. */
export interface BackendLook {
  readonly name: 'ClickHouse' | 'Kafka';
  /** First look without an answer; missing: it answers. */
  readonly sinceMs?: number | undefined;
  /** First answer after that; missing: none yet. */
  readonly untilMs?: number | undefined;
  /** Why there was no answer. */
  readonly reason?: string | undefined;
}

/** @returns undefined where it answers, or has not been away for long enough to be told */
export function backendVerdict(
  { name, sinceMs, untilMs, reason = '' }: BackendLook,
  awayMs: number,
  nowMs: number,
): Verdict {
  const subject = name.toLowerCase();
  if (sinceMs === undefined || (untilMs ?? nowMs) - sinceMs <= awayMs) {
    return { subject, untilMs: untilMs ?? nowMs };
  }
  const trouble: Trouble = {
    kind: 'backend-away',
    severity: 'high',
    tenantId: OWN_TENANT,
    sinceMs,
    // Members look at different seconds: the minute is the same for most.
    window: `from ${new Date(sinceMs).toISOString().slice(0, 16)}Z`,
    sentence: `${name} has given no answer since ${momentInWords(sinceMs)} UTC${reason === '' ? '' : ` (${reason})`}.`,
    facts: { backend: subject, reason },
    scope: { view: 'ranges', fromMs: sinceMs, where: [] },
  };
  return { subject, trouble, ...(untilMs === undefined ? {} : { untilMs }) };
}
