import {
  recordSweepRuns,
  ReportRunner,
  storedPartitions,
  type ClickHouse,
  type SweepRun,
} from '@keywatch/clickhouse';
import type { SweepQuery } from '@keywatch/detection';
import {
  encodeAlertEvent,
  encodeOwnerNotice,
  TOPICS,
  watermarkOf,
  type AlertEvent,
  type LogEnd,
  type OwnerNotice,
  type Watermark,
} from '@keywatch/events';
import type { Admin, EventProducer } from '@keywatch/kafka';
import type { Clock } from '@keywatch/platform';
import { AlertTopic, History, Progress, Rounds } from './ports.js';

export class LogProgress extends Progress {
  constructor(
    private readonly admin: Admin,
    private readonly clickhouse: ClickHouse,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async watermark(): Promise<Watermark> {
    const topic = TOPICS.keyEvents.name;
    // Positions before ends: a position read first can't be beyond an end read later. The time before both: what arrives
    // while we ask is then never counted as in.
    const stored = await storedPartitions(this.clickhouse, topic);
    const readAtMs = this.clock.now();
    return watermarkOf(stored, await this.admin.fetchTopicOffsets(topic).then(endsOf), readAtMs);
  }
}

function endsOf(offsets: Awaited<ReturnType<Admin['fetchTopicOffsets']>>): LogEnd[] {
  return offsets.map(({ partition, low, high }) => ({
    partition,
    low: Number(low),
    high: Number(high),
  }));
}

export class ClickHouseHistory extends History {
  private readonly runner: ReportRunner;

  constructor(clickhouse: ClickHouse) {
    super();
    this.runner = new ReportRunner(clickhouse);
  }

  override rows({ query, params }: SweepQuery): Promise<unknown[]> {
    return this.runner.query(query, params);
  }
}

/** Messages of one send; a send is one request per broker. */
const CHUNK = 200;

export class KafkaAlertTopic extends AlertTopic {
  constructor(private readonly producer: EventProducer) {
    super();
  }

  override async tell(
    notices: readonly OwnerNotice[],
    alerts: readonly AlertEvent[],
  ): Promise<void> {
    // Notices first: an alert that is stored is not found again, so a crash after the alerts would lose the notice.
    const messages = [...notices.map(encodeOwnerNotice), ...alerts.map(encodeAlertEvent)];
    for (let at = 0; at < messages.length; at += CHUNK) {
      await this.producer.send(TOPICS.alertEvents.name, messages.slice(at, at + CHUNK));
    }
  }
}

export class ClickHouseRounds extends Rounds {
  constructor(
    private readonly clickhouse: ClickHouse,
    private readonly clock: Clock,
  ) {
    super();
  }

  override record(runs: readonly SweepRun[]): Promise<void> {
    return recordSweepRuns(this.clickhouse, this.clock.now(), runs);
  }
}
