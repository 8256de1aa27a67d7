import {
  IntakeWriter,
  keyEventRow,
  rangeRow,
  type ClickHouse,
  type Position,
} from '@keywatch/clickhouse';
import { decodeCloudEvent, identityOf } from '@keywatch/events';

const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
const TOPIC = 'keywatch.key-events';

export interface Told {
  readonly key: string;
  /** created, rotated, revoked, disabled, enabled, leak-reported or request-made */
  readonly type: string;
  readonly atMs: number;
  /** Arrival; atMs unless told. */
  readonly receivedMs?: number;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly tenant?: string;
}

/** Writes events as ingest does, in the order given, with the range that they are. */
export async function writeEvents(clickhouse: ClickHouse, events: readonly Told[]): Promise<void> {
  const rows = events.map(({ key, type, atMs, receivedMs, data = {}, tenant }, offset) => {
    const decoded = decodeCloudEvent({
      specversion: '1.0',
      id: `e-${offset}`,
      source: '/spec',
      type: `keywatch.key.${type}.v1`,
      subject: key,
      time: new Date(atMs).toISOString(),
      ...(tenant === undefined ? {} : { tenantid: tenant }),
      data,
    });
    if (decoded.kind !== 'ok') throw new Error(JSON.stringify(decoded));
    const { event } = decoded;
    const position: Position = {
      topic: TOPIC,
      partition: 0,
      offset,
      logTimeMs: receivedMs ?? atMs,
    };
    return keyEventRow(event, position, identityOf(event.tenantId, event.source, event.id), 0);
  });
  const times = events.map(({ atMs, receivedMs }) => receivedMs ?? atMs);
  const range = rangeRow(
    'key_event_intake',
    { topic: TOPIC, partition: 0, from: 0, to: events.length },
    {
      messages: events.length,
      events: events.length,
      duplicates: 0,
      conflicts: 0,
      deadLetters: 0,
      dropped: 0,
      firstLogTimeMs: Math.min(...times),
      lastLogTimeMs: Math.max(...times),
    },
  );
  await new IntakeWriter(clickhouse, 'key_event_intake').write([...rows, range], 'spec');
}
