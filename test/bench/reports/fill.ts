import type { ClickHouse } from '@keywatch/clickhouse';
import { TOPICS } from '@keywatch/events';

export const TENANTS = 20;
export const DAYS = 90;
/** One event in so many is of the first key: the question about it is the hardest. */
export const HEAVY = 20;
/** One key in so many is never used. */
const IDLE = 97;
const BATCH = 500_000;
const DAY_MS = 86_400_000;

export interface Filled {
  readonly keys: number;
  readonly events: number;
  /** Of the first event, ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly seconds: number;
}

export const keyName = (index: number): string => `key_${String(index).padStart(7, '0')}`;
/** A key's tenant follows from its number. */
export const tenantName = (index: number): string => `tenant-${index % TENANTS}`;

/** Keys are a thousandth of the events; the first ones are used far more than the last. */
export function keysFor(events: number): number {
  return Math.max(1_000, Math.round(events / 1_000));
}

/** Fills the database through the intake, so that every view does its work; the rows are made by the server itself. */
export async function fill(
  { client, database }: ClickHouse,
  events: number,
  nowMs: number,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Filled> {
  const started = performance.now();
  const keys = keysFor(events);
  const fromMs = nowMs - DAYS * DAY_MS;
  const insert = async (query: string): Promise<void> => {
    signal.throwIfAborted();
    await client.command({
      query,
      clickhouse_settings: { max_insert_threads: '1', async_insert: 0 },
    });
  };
  await insert(created(database, keys, nowMs));
  for (let from = 0; from < events; from += BATCH) {
    const count = Math.min(BATCH, events - from);
    await insert(
      requests(database, { from: keys + from, first: from, count, events, keys, fromMs }),
    );
    await insert(range(database, keys + from, count, nowMs));
    if (from % (BATCH * 4) === 0) say(`${(from + count).toLocaleString('en-US')} events in`);
  }
  await insert(range(database, 0, keys, nowMs));
  await insert(alerts(database, keys, nowMs));
  const seconds = (performance.now() - started) / 1000;
  return { keys, events, fromMs, toMs: nowMs, seconds };
}

const TOPIC = TOPICS.keyEvents.name;
const KEY = (index: string): string => `concat('key_', leftPad(toString(${index}), 7, '0'))`;
const TENANT = (index: string): string => `concat('tenant-', toString(${index} % ${TENANTS}))`;
const TIME = (ms: string): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC')`;

function created(database: string, keys: number, nowMs: number): string {
  return `INSERT INTO ${database}.key_event_intake (kind, topic, partition, offset, log_time, identity, tenant_id, lane, source, event_id, type, key_id, time_text, filed_time, data)
SELECT 'event', '${TOPIC}', 0, number, ${TIME(String(nowMs))}, reinterpretAsUUID(sipHash128(number)), ${TENANT('number')}, 'live', 'urn:bench', concat('c', toString(number)), 'keywatch.key.created.v1',
    ${KEY('number')}, '', ${TIME(`${nowMs} - (1 + number % 400) * ${DAY_MS}`)},
    concat('{"owner":{"id":"user-', toString(number % 500), '","email":"user-', toString(number % 500), '@example.com"},"plan":"', ['free','pro','enterprise'][1 + number % 3], '","environment":"production","createdBy":"admin"}')
FROM numbers(${keys})`;
}

interface Batch {
  readonly from: number;
  readonly first: number;
  readonly count: number;
  readonly events: number;
  readonly keys: number;
  readonly fromMs: number;
}

function requests(database: string, { from, first, count, events, keys, fromMs }: Batch): string {
  const step = (DAYS * DAY_MS) / events;
  return `INSERT INTO ${database}.key_event_intake (kind, topic, partition, offset, log_time, identity, tenant_id, lane, source, event_id, type, key_id, time_text, filed_time,
    environment, source_ip, user_agent, method, endpoint, status, latency_ms, bytes_out, region, outcome, request_id, secret_version)
SELECT 'event', '${TOPIC}', 0, ${from} + n, filed, reinterpretAsUUID(sipHash128(n, 'id')), ${TENANT('k')}, 'live', 'urn:bench', hex(sipHash64(n)), 'keywatch.key.request-made.v1', ${KEY('k')}, '', filed,
    if(h % 50 = 0 AND k % 10 = 0, 'staging', 'production'), concat('10.', toString(k % 200), '.', toString(h % 4), '.', toString(h % 250)),
    concat(['sdk-js', 'sdk-go', 'curl'][1 + (k + h % 2) % 3], '/', toString(1 + k % 9)), 'GET', concat('/v1/things/', toString(h % 12)),
    if(h % 25 = 0, 403, if(h % 40 = 0, 429, 200)), h % 300, h % 5000, 'eu-1', 'allowed', hex(h), 1
FROM
(
SELECT number AS n, intHash64(number) AS h,
    if(number % ${HEAVY} = 0, 0, toUInt64(${keys - 1} * pow((intHash32(number) % 1000003) / 1000003, 2)) + 1) AS drawn,
    drawn - (drawn % ${IDLE} = ${IDLE - 1}) AS k, ${TIME(`${fromMs} + number * ${step}`)} AS filed
FROM numbers(${first}, ${count})
)`;
}

function range(database: string, from: number, count: number, nowMs: number): string {
  const data = { to: from + count, messages: count, events: count, firstLogTimeMs: nowMs };
  return `INSERT INTO ${database}.key_event_intake (kind, topic, partition, offset, log_time, data)
SELECT 'range', '${TOPIC}', 0, ${from}, ${TIME(String(nowMs))}, '${JSON.stringify(data)}'`;
}

/** An alert for every fiftieth key. */
function alerts(database: string, keys: number, nowMs: number): string {
  return `INSERT INTO ${database}.alert_event_intake (kind, topic, partition, offset, log_time, identity, event_id, alert_id, fingerprint, source, rule, rule_version, severity, tenant_id, lane, key_id, window, title, sentence, occurred_at, detected_at, facts)
SELECT 'event', '${TOPICS.alertEvents.name}', 0, number, at, generateUUIDv4(), concat(id, ':1'), id, id, 'sweep', 'stale-key', 1, 'medium', ${TENANT('k')}, 'live', ${KEY('k')}, 'v0/90d', 'Stale key', 'It is 90 days old.', at, at, '{}'
FROM
(
SELECT number, number * 50 AS k, lower(hex(sipHash128(number))) AS id, ${TIME(`${nowMs} - (number % ${DAYS}) * ${DAY_MS}`)} AS at
FROM numbers(${Math.floor(keys / 50)})
)`;
}
