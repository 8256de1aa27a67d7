import type { Alert, Severity } from '@keywatch/events';
import type { EvidenceScope } from './evidence-query.js';

/** What a rule or sweep saw, before it is told to anybody. Findings with one subject and window are one alert. */
export interface Finding {
  /** What the finding is about where it isn't the key itself, for example an address. */
  readonly subject?: string;
  /** What makes the alert one: a UTC day (`2026-03-01`), a milestone. At most 128 characters. */
  readonly window: string;
  readonly severity: Severity;
  /** Event time of what completed the finding, in ms. */
  readonly occurredAtMs: number;
  /** What happened and what to do, for a person: one to three sentences. */
  readonly sentence: string;
  /** Evidence by name. */
  readonly facts: Alert['evidence']['facts'];
  /** The rows it rests on: becomes the alert's query. */
  readonly scope: EvidenceScope;
  readonly firstEventId?: string;
  readonly lastEventId?: string;
  /**
   * Names the state of the evidence (not counts or ids that differ by order of arrival): the alert is told once per
   * revision. Deriving the finding again after a crash must give the same.
   */
  readonly revision: readonly string[];
}
