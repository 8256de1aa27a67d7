import type { Reader, Rhythm, UncoveredOffsets } from '@keywatch/detection';
import type { AlertEvent } from '@keywatch/events';

/** How an app stands in a topic, as the brokers say it. */
export interface ReaderFacts extends Pick<Reader, 'app' | 'topic'> {
  readonly partitions: readonly Omit<Reader['partitions'][number], 'stillSinceMs' | 'fault'>[];
}

/** What can be known of the pipeline. All throw where the server can't be asked, after a bounded time. */
export abstract class PipelineFacts {
  /** How ingest and detect stand in the topics that they read. */
  abstract readers(): Promise<ReaderFacts[]>;
  /** What is wrong with the messages from an offset on that wait for ingest; undefined: nothing. */
  abstract fault(topic: string, partition: number, from: number): Promise<string | undefined>;
  /** Resolves when ClickHouse answers. */
  abstract ping(): Promise<void>;
  abstract uncovered(): Promise<UncoveredOffsets[]>;
  /** Up to when everything that arrived is stored, in ms since 1970; null: nothing can be said. */
  abstract storedUpToMs(): Promise<number | null>;
  /** Live requests by tenant since a time. */
  abstract rhythms(sinceMs: number): Promise<Rhythm[]>;
  /** Time of the first live request after another, of one tenant or of any; null: there is none. */
  abstract firstRequestAfter(afterMs: number, tenantId: string | undefined): Promise<number | null>;
}

/** The log of alerts, where what was told is remembered. */
export abstract class AlertLog {
  /** Tellings that came since the last call; those of the first call are the latest that it looks back on. */
  abstract follow(): Promise<AlertEvent[]>;
  /** Resolves when all replicas have them. */
  abstract tell(alerts: readonly AlertEvent[]): Promise<void>;
}
