import type { LogEnd, OutgoingMessage, ReaderPartition, StoredPartition } from '@keywatch/events';
import {
  createApi,
  Database,
  EventLog,
  LogEnds,
  LogUnavailable,
  type ApiOptions,
  type Counts,
  type WrittenTopic,
} from '@keywatch/api';
import type { SweepProgress } from '@keywatch/clickhouse';
import { Clock, createLog } from '@keywatch/platform';
import type { Row, SqlQuery, TimeRange } from '@keywatch/reports';

export const NOW = Date.UTC(2026, 10, 24, 12);
export const NO_COUNTS: Counts = {
  messages: 0,
  events: 0,
  duplicates: 0,
  conflicts: 0,
  deadLetters: 0,
  dropped: 0,
};

/** A clock that stands until it is set. */
export class SetClock extends Clock {
  constructor(public ms = NOW) {
    super();
  }
  override now(): number {
    return this.ms;
  }
}

/** Keeps what is appended; can be away, or hold its acknowledgement back. */
export class ListLog extends EventLog {
  readonly messages: OutgoingMessage[] = [];
  readonly topics: WrittenTopic[] = [];
  away = false;
  hold: Promise<void> | undefined;

  override async append(topic: WrittenTopic, messages: readonly OutgoingMessage[]): Promise<void> {
    await this.hold;
    if (this.away) throw new LogUnavailable('Kafka has not acknowledged: no broker answers');
    this.topics.push(topic);
    this.messages.push(...messages);
  }
}

export class SetEnds extends LogEnds {
  readonly ends = new Map<string, LogEnd[]>();
  failure: Error | undefined;
  asked = 0;

  override read(topic: string): Promise<LogEnd[]> {
    this.asked += 1;
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(this.ends.get(topic) ?? [{ partition: 0, low: 0, high: 0 }]);
  }

  readonly positions = new Map<string, Map<number, number>>();

  /** Arrival of the oldest message that waits for a group. */
  waitingSinceMs = NOW - 60_000;

  override reader(group: string, topic: string): Promise<ReaderPartition[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const ends = this.ends.get(topic) ?? [{ partition: 0, low: 0, high: 0 }];
    return Promise.resolve(
      ends.map((end) => {
        const committed = this.positions.get(group)?.get(end.partition) ?? null;
        const waits = Math.max(end.low, committed ?? end.low) < end.high;
        return { ...end, committed, waitingSinceMs: waits ? this.waitingSinceMs : null };
      }),
    );
  }
}

/** Gives the rows it was told to; remembers what it was asked. */
export class RowsDatabase extends Database {
  result: () => AsyncIterable<Row> = async function* () {
    // No rows.
  };
  readonly asked: SqlQuery[] = [];
  readonly partitions = new Map<string, StoredPartition[]>();
  total: Counts = NO_COUNTS;
  inRange: Counts = NO_COUNTS;
  missing: string[] = [];
  failure: Error | undefined;
  signal: AbortSignal | undefined;

  override rows(query: SqlQuery, signal: AbortSignal): AsyncIterable<Row> {
    this.asked.push(query);
    this.signal = signal;
    if (this.failure !== undefined) throw this.failure;
    return this.result();
  }
  /** What the database writes as a file, in pieces. */
  file: readonly string[] = [];

  override async *parquet(query: SqlQuery): AsyncIterable<Uint8Array> {
    this.asked.push(query);
    if (this.failure !== undefined) throw this.failure;
    for (const piece of this.file) yield await Promise.resolve(Buffer.from(piece));
  }
  override stored(topic: string): Promise<StoredPartition[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(this.partitions.get(topic) ?? []);
  }
  override counts(_topic: string, { from, to }: TimeRange): Promise<Counts> {
    return Promise.resolve(from === undefined && to === undefined ? this.total : this.inRange);
  }
  swept: SweepProgress[] = [];

  override sweeps(): Promise<SweepProgress[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(this.swept);
  }
  override missingTables(): Promise<string[]> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return Promise.resolve(this.missing);
  }
}

export function doubles() {
  return {
    database: new RowsDatabase(),
    eventLog: new ListLog(),
    logEnds: new SetEnds(),
    clock: new SetClock(),
  };
}

export const HOST = 'localhost:4100';

/** The whole API over in-memory ports, asked by `inject`. */
export async function apiOn(ports: ReturnType<typeof doubles>, options: Partial<ApiOptions> = {}) {
  const log = createLog({ app: 'api', level: 'silent', format: 'json' });
  const app = await createApi(ports, { host: '127.0.0.1', port: 4100, log, ...options });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
