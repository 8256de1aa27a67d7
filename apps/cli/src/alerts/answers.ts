import type { ActionRow, DeliveryRow, SilenceRow, TellingRow } from '@keywatch/reports';
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
  readonly tellings: readonly TellingRow[];
  readonly actions: readonly ActionRow[];
  readonly deliveries: readonly DeliveryRow[];
  readonly silences: readonly SilenceRow[];
  readonly completeness: Completeness;
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
