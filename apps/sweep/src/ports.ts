import type { SweepRun } from '@keywatch/clickhouse';
import type { AlertEvent, OwnerNotice, Watermark } from '@keywatch/events';
import type { SweepQuery } from '@keywatch/detection';

/** What is known of the log's progress into ClickHouse. */
export abstract class Progress {
  /** @throws where Kafka or ClickHouse can't be asked. */
  abstract watermark(): Promise<Watermark>;
}

/** Rows of a sweep's query. */
export abstract class History {
  abstract rows(query: SweepQuery): Promise<unknown[]>;
}

/** Where alerts and notices are told: resolves when all replicas have them. */
export abstract class AlertTopic {
  abstract tell(notices: readonly OwnerNotice[], alerts: readonly AlertEvent[]): Promise<void>;
}

/** Where it is recorded how far the sweeps looked: until then their alerts are complete. */
export abstract class Rounds {
  /** @throws where it can't be recorded; the next round says more anyway. */
  abstract record(runs: readonly SweepRun[]): Promise<void>;
}
