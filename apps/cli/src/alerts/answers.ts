import type { Completeness } from '../api/api-client.js';

/** Of `GET /api/v1/alerts/:id`, as far as it is read here. */
export interface AlertAnswer {
  readonly alert: {
    readonly alertId: string;
    readonly rule: string;
    readonly severity: string;
    readonly tenantId: string;
    readonly keyId: string;
    readonly lane: string;
    readonly title: string;
    readonly sentence: string;
    readonly historical: boolean;
    readonly source: string;
    readonly firstOccurredAt: string;
    readonly lastOccurredAt: string;
    readonly firstDetectedAt: string;
    readonly lastDetectedAt: string;
    readonly tellings: number;
    readonly facts: Readonly<Record<string, unknown>>;
    readonly firstEventId: string;
    readonly lastEventId: string;
    readonly ownerId: string;
    readonly ownerEmail: string;
    readonly ownerTeam: string;
    readonly query: string;
    readonly status: string;
    readonly statusWhy: string;
    readonly acknowledgedBy: string;
    readonly acknowledgedAt: string | null;
    readonly resolvedBy: string;
    readonly resolvedAt: string | null;
  };
  readonly shortId: string;
  readonly runbook: string;
  readonly exception: string;
  readonly tellings: readonly {
    readonly detectedAt: string;
    readonly severity: string;
    readonly sentence: string;
  }[];
  readonly actions: readonly {
    readonly id: string;
    readonly action: string;
    readonly by: string;
    readonly at: string;
    readonly why: string;
  }[];
  readonly deliveries: readonly {
    readonly time: string;
    readonly channel: string;
    readonly target: string;
    readonly attempt: number;
    readonly outcome: string;
    readonly error: string;
  }[];
  readonly silences: readonly SilenceRow[];
  readonly completeness: Completeness;
}

/** A silence; of what it covers an empty text means any. */
export interface SilenceRow {
  readonly silenceId: string;
  readonly status: 'coming' | 'active' | 'over';
  readonly rule: string;
  readonly tenantId: string;
  readonly keyId: string;
  readonly lane: string;
  readonly owner: string;
  readonly severityAtMost: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly by: string;
  readonly why: string;
  readonly endedBy: string;
  readonly endedWhy: string;
}

export interface SilencesAnswer {
  readonly silences: readonly SilenceRow[];
  readonly completeness: Completeness;
}

/** What a request to record something was answered. */
export interface Recorded {
  /** false: there was nothing to do. */
  readonly recorded: boolean;
  readonly detail: string;
}
