import { IntakeWriter, ROW_VERSION } from '@keywatch/clickhouse';
import { CONSUMER_GROUPS } from '@keywatch/events';
import {
  KafkaLogPositions,
  RangeProtocol,
  type BuildQueue,
  type ByteBudget,
  type Gate,
} from '@keywatch/kafka';
import type { FloodLimits } from '../flood/flood-guard.js';
import { horizonOf, rowVersionOf } from '../identity/horizon.js';
import type { IngestObserver } from '../observe/ingest-observer.js';
import { IntakeSink, type IntakeRange } from '../rows/intake-sink.js';
import {
  ALERT_EVENT_ROWS,
  DELIVERY_EVENT_ROWS,
  KEY_EVENT_ROWS,
  type TopicRows,
} from '../rows/topic-rows.js';
import { ClickHouseIdentities } from '../store/clickhouse-identities.js';
import { ClickHouseRanges } from '../store/clickhouse-ranges.js';
import { IngestRanges } from './ingest-ranges.js';
import type { IngestFoundation } from './open-foundation.js';

export interface RangesOptions {
  readonly foundation: IngestFoundation;
  readonly observer: IngestObserver;
  readonly gate: Gate;
  readonly budget: ByteBudget;
  readonly builds: BuildQueue;
  readonly identityMb: number;
  readonly horizonDays: number;
  readonly flood: FloodLimits | undefined;
  readonly onFault: (error: Error) => void;
}

/** The protocols of all three topics, joined to Kafka and ClickHouse. */
export function makeRanges(options: RangesOptions): IngestRanges {
  return new IngestRanges(
    protocolOf(KEY_EVENT_ROWS, options),
    protocolOf(ALERT_EVENT_ROWS, options),
    protocolOf(DELIVERY_EVENT_ROWS, options),
  );
}

function protocolOf<E>(rows: TopicRows<E>, options: RangesOptions): RangeProtocol<IntakeRange> {
  const { foundation, observer, gate, budget, builds, identityMb, horizonDays, flood, onFault } =
    options;
  const { admin, clickhouse, partitions } = foundation;
  const horizon = horizonOf(
    identityMb,
    rows.memoryShare,
    partitions.get(rows.topic) ?? 1,
    horizonDays,
  );
  const retry = observer.readRetry;
  return new RangeProtocol({
    topic: rows.topic,
    sink: new IntakeSink({
      rows,
      writer: new IntakeWriter(clickhouse, rows.intake),
      identities: new ClickHouseIdentities(clickhouse),
      horizon,
      flood,
      observer,
      retry,
    }),
    log: new KafkaLogPositions(admin, CONSUMER_GROUPS.ingest),
    stored: new ClickHouseRanges(clickhouse, rows.intake),
    budget,
    builds,
    gate,
    observer,
    rowVersion: rowVersionOf(ROW_VERSION, horizon),
    retry,
    onFault,
  });
}
