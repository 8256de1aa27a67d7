import type { ReportRunner } from '@keywatch/clickhouse';
import { REQUEST_MADE, type KeyEvent } from '@keywatch/events';

/** An event as it is stored, with its place in the log. */
export interface StoredEvent {
  readonly event: KeyEvent;
  readonly partition: number;
  readonly offset: number;
  readonly logTimeMs: number;
}

export interface Stretch {
  /** Requests from this time on; lifecycle events of all times before `toMs`. Filed time in ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly tenant?: string | undefined;
}

interface Row {
  readonly [column: string]: unknown;
  readonly type: string;
  readonly data: string;
}

const WHERE = `filed_time < fromUnixTimestamp64Milli({toMs:Int64})
    AND (filed_time >= fromUnixTimestamp64Milli({fromMs:Int64}) OR type != '${REQUEST_MADE}')
    AND ({tenant:String} = '' OR tenant_id = {tenant:String})`;

/** Key after key, each in the order of the log: the state of one key alone is held at a time. */
const EVENTS = `
SELECT partition, offset, toUnixTimestamp64Milli(log_time) AS log_ms, tenant_id, lane, source, event_id, type, key_id,
    time_text, toUnixTimestamp64Milli(filed_time) AS filed_ms, time_flag = 'event' AS timed, environment, source_ip,
    user_agent, method, endpoint, status, latency_ms, bytes_out, region, outcome, request_id, secret_version, data
FROM {{database}}.key_events
WHERE ${WHERE}
ORDER BY tenant_id, key_id, partition, offset`;

const LIMITS = { maxSeconds: 3600, maxMemoryBytes: 4_000_000_000 };
const paramsOf = ({ fromMs, toMs, tenant = '' }: Stretch) => ({ fromMs, toMs, tenant });

export async function countEvents(runner: ReportRunner, stretch: Stretch): Promise<number> {
  const sql = `SELECT count() AS n FROM {{database}}.key_events WHERE ${WHERE}`;
  return (await runner.one<{ n: number }>(sql, paramsOf(stretch), { limits: LIMITS })).n;
}

/** What is stored, as the engine takes it. Reads only. */
export async function* storedEvents(
  runner: ReportRunner,
  stretch: Stretch,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  const options = { limits: LIMITS, signal };
  for await (const row of runner.stream<Row>(EVENTS, paramsOf(stretch), options)) {
    yield toEvent(row);
  }
}

function toEvent(row: Row): StoredEvent {
  const extra = row.data === '' ? {} : (JSON.parse(row.data) as Record<string, unknown>);
  const isRequest = row.type === REQUEST_MADE;
  const event = {
    type: row.type,
    id: row['event_id'],
    source: row['source'],
    tenantId: row['tenant_id'],
    lane: row['lane'],
    keyId: row['key_id'],
    timeText: row['time_text'],
    // Without one of its own an event is filed under its arrival, by the engine too.
    timeMs: Number(row['timed']) === 1 ? Number(row['filed_ms']) : Number.NaN,
    traceparent: '',
    data: isRequest ? requestOf(row) : extra,
    attributes: isRequest && row.data !== '' ? extra : undefined,
    // Its type decides what data it has; both passed the contract before they were stored.
  } as unknown as KeyEvent;
  return {
    event,
    partition: Number(row['partition']),
    offset: Number(row['offset']),
    logTimeMs: Number(row['log_ms']),
  };
}

/** Columns that are empty or 0 are unknown, and left out. */
function requestOf(row: Row): Record<string, unknown> {
  const members = {
    environment: row['environment'],
    sourceIp: row['source_ip'],
    userAgent: row['user_agent'],
    method: row['method'],
    endpoint: row['endpoint'],
    status: row['status'],
    latencyMs: row['latency_ms'],
    bytesOut: row['bytes_out'],
    region: row['region'],
    outcome: row['outcome'],
    requestId: row['request_id'],
    secretVersion: row['secret_version'],
  };
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== '' && value !== 0),
  );
}
