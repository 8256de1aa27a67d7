import { TOPICS } from '@keywatch/events';

export interface KafkaEngineOptions {
  readonly database: string;
  readonly brokers: readonly string[];
  readonly group: string;
  /** Consumers; the embedded engine runs no more than there are cores. */
  readonly consumers: number;
  /** Messages in one insert. */
  readonly blockRows: number;
}

/**
 * Empty polls that end a block (10, in the engine) times this is how long the last, partial block waits: short, so that
 * the end of the topic costs the engine no more than it costs others.
 */
const POLL_MS = 20;
const FLUSH_MS = 7_500;

/** ClickHouse's own reader of the topic. The whole message is one column: its checksum and raw data are stored, too. */
export function kafkaTable(options: KafkaEngineOptions): string {
  const { database, brokers, group, consumers, blockRows } = options;
  return `CREATE TABLE ${database}.key_events_queue (message String) ENGINE = Kafka SETTINGS
    kafka_broker_list = '${brokers.join(',')}', kafka_topic_list = '${TOPICS.keyEvents.name}', kafka_group_name = '${group}',
    kafka_format = 'RawBLOB', kafka_num_consumers = ${consumers}, kafka_thread_per_consumer = 1,
    kafka_max_block_size = ${blockRows}, kafka_poll_max_batch_size = ${blockRows},
    kafka_poll_timeout_ms = ${POLL_MS}, kafka_flush_interval_ms = ${FLUSH_MS}`;
}

/** The members of an event that become columns, taken in one pass over the message. */
const MESSAGE = `Tuple(
  id String, source String, type String, subject String, time String, tenantid String, lane String, traceparent String,
  data Tuple(environment String, sourceIp String, userAgent String, method String, endpoint String, status UInt16,
    latencyMs Float32, bytesOut UInt64, region String, outcome String, requestId String, secretVersion UInt32))`;

/** Fills the intake with what ingest gives for a valid message of structured mode. */
export function extractingView(database: string, source = `${database}.key_events_queue`): string {
  return `CREATE MATERIALIZED VIEW ${database}.key_events_reader TO ${database}.key_event_intake AS ${extraction(source)}`;
}

export function extraction(source: string): string {
  return `
  WITH
    JSONExtract(message, '${MESSAGE.replaceAll("'", "\\'").replace(/\s+/g, ' ')}') AS e,
    if(e.tenantid = '', 'default', e.tenantid) AS tenant,
    ifNull(_timestamp_ms, toDateTime64(0, 3, 'UTC')) AS arrived,
    parseDateTime64BestEffortOrZero(e.time, 3, 'UTC') AS own,
    e.type = 'keywatch.key.request-made.v1' AS is_request,
    multiIf(e.time = '', 'missing',
      own < toDateTime64('2010-01-01 00:00:00', 3, 'UTC') OR own > arrived + INTERVAL 1 DAY, 'out-of-range',
      'event') AS flag
  SELECT 'event' AS kind, _topic AS topic, toUInt32(_partition) AS partition, toUInt64(_offset) AS offset, arrived AS log_time,
    toUUID(hex(MD5(concat(tenant, '\\0', e.source, '\\0', e.id)))) AS identity,
    CRC32(message) AS body_crc, tenant AS tenant_id, if(e.lane = '', 'live', e.lane) AS lane, e.source AS source,
    e.id AS event_id, e.type AS type, e.subject AS key_id, e.time AS time_text,
    if(flag = 'event', own, arrived) AS filed_time, flag AS time_flag,
    if(is_request, e.data.environment, '') AS environment, e.data.sourceIp AS source_ip, e.data.userAgent AS user_agent,
    e.data.method AS method, e.data.endpoint AS endpoint, e.data.status AS status, e.data.latencyMs AS latency_ms,
    e.data.bytesOut AS bytes_out, e.data.region AS region, e.data.outcome AS outcome, e.data.requestId AS request_id,
    if(is_request, e.data.secretVersion, 0) AS secret_version, e.traceparent AS traceparent,
    if(is_request, '', JSONExtractRaw(message, 'data')) AS data
  FROM ${source}`;
}
