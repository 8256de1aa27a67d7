import {
  Contradiction,
  watermarkOf,
  type PartitionCompleteness,
  type Watermark,
  type WatermarkState,
} from '@keywatch/events';
import type { AlertsCompleteness } from './finders.js';
import type { Counts } from '../ports/database.js';

export { Contradiction, watermarkOf, type PartitionCompleteness };

/** unknown: it could not be told, and nothing may be taken for fine. */
type CompletenessState = WatermarkState | 'unknown';

/** How complete an answer is, as it stands in a body. Times as RFC 3339. */
export interface Completeness {
  readonly state: CompletenessState;
  /** Everything that had arrived at the log by then is in the answer; null: nothing can be said. */
  readonly completeUpTo: string | null;
  /** Messages that have arrived and aren't in, and how long ago `completeUpTo` is, in seconds; null: unknown. */
  readonly lag: { readonly messages: number | null; readonly seconds: number | null };
  /** Messages that are missing for good, or until an operator acts; null: unknown. */
  readonly missing: number | null;
  /** Why the state is not complete; null where it is. */
  readonly reason: string | null;
  /** Over everything stored; null: unknown. */
  readonly total: Counts | null;
  /** Over the ranges that arrived, at least in part, within the time that the answer is about; null: unknown. */
  readonly inRange: Counts | null;
  /** Of an answer about alerts: who had to look before an alert could be in it. */
  readonly alerts?: AlertsCompleteness;
}

/** @param nowMs ms since 1970 */
export function completenessFrom(watermark: Watermark, total: Counts, nowMs: number): Completeness {
  const { state, upToMs, lagMessages, missing } = watermark;
  return {
    state,
    completeUpTo: upToMs === null ? null : new Date(upToMs).toISOString(),
    lag: {
      messages: lagMessages,
      seconds: upToMs === null ? null : Math.max(0, Math.round((nowMs - upToMs) / 1000)),
    },
    missing,
    reason: reasonOf(watermark),
    total,
    inRange: null,
  };
}

function reasonOf({ state, missing, lagMessages }: Watermark): string | null {
  switch (state) {
    case 'complete':
      return null;
    case 'behind':
      return `${lagMessages} messages have arrived and are not in yet`;
    case 'gaps':
      return `${missing} messages are missing: run keywatch verify`;
  }
}

export function unknownCompleteness(reason: string): Completeness {
  return {
    state: 'unknown',
    completeUpTo: null,
    lag: { messages: null, seconds: null },
    missing: null,
    reason,
    total: null,
    inRange: null,
  };
}
