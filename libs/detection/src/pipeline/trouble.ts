import type { EvidenceScope } from '@keywatch/alerting';
import type { Alert, Severity } from '@keywatch/events';

/** Tenant of troubles that concern all tenants. */
export const OWN_TENANT = 'keywatch';

/** Where and since when the monitor is blind. Times in ms since 1970. */
export interface Trouble {
  readonly kind:
    'reader-behind' | 'messages-missing' | 'backend-away' | 'producer-quiet' | 'producers-quiet';
  readonly severity: Severity;
  readonly tenantId: string;
  readonly sinceMs: number;
  /** What happened, without an end: one sentence or two. */
  readonly sentence: string;
  readonly facts: Alert['evidence']['facts'];
  readonly scope?: EvidenceScope;
  /** What makes it one where its start doesn't, for example the offsets that are missing. */
  readonly window?: string;
}

/**
 * What one look came to about one subject, for example `detect/keywatch.key-events`. A trouble without an end goes on; one
 * with an end is over. No trouble: it is fine, and a trouble that was open ended at `untilMs`.
 */
export interface Verdict {
  readonly subject: string;
  readonly trouble?: Trouble;
  readonly untilMs?: number;
}

/** `2026-03-01 10:00:00` */
export function momentInWords(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** `45 s`, `12 min`, `3 h 5 min` */
export function durationInWords(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const rest = minutes % 60;
  return `${Math.floor(minutes / 60)} h${rest === 0 ? '' : ` ${rest} min`}`;
}
