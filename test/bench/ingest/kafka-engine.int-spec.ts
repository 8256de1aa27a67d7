import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createClickHouse,
  IntakeWriter,
  keyEventRow,
  migrate,
  type ClickHouse,
} from '@keywatch/clickhouse';
import {
  decodeKeyEvent,
  encodeKeyEvent,
  identityOf,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { startEngine, type EngineHandle } from '@keywatch/local-stack';
import { generateTraffic } from '@keywatch/traffic';
import { checkSame, contentsOf, fillOf } from './contents.js';
import { extractingView } from './kafka-engine.sql.js';

const TOPIC = 'keywatch.key-events';
/** Rows that arrived long ago would be gone by their tables' retention. */
const NOW = Date.now() - (Date.now() % 1000);

function traffic(): OutgoingKeyEvent[] {
  const generated = generateTraffic({ seed: 3, keys: 60, days: 3, endMs: NOW });
  const request: OutgoingKeyEvent<'keywatch.key.request-made.v1'> = {
    id: 'odd',
    source: 'urn:odd "\\ ü',
    type: 'keywatch.key.request-made.v1',
    subject: 'key-odd',
    time: `${new Date(NOW).toISOString().slice(0, 10)}T00:00:59.999+02:00`,
    tenantid: 'tenant',
    lane: 'import-1',
    data: { status: 503, sourceIp: '2001:db8::1', latencyMs: 0.25, bytesOut: 2 ** 40 },
  };
  const { time: _time, ...timeless } = { ...request, id: 'timeless' };
  return [
    ...[...generated.events].slice(0, 2_000),
    request,
    timeless,
    { ...request, id: 'ancient', time: '2009-12-31T23:59:59Z' },
    { ...request, id: 'future', time: new Date(NOW + 3 * 86_400_000).toISOString() },
  ];
}

describe('The SQL that the Kafka engine of the bench runs', () => {
  let folder: string;
  let engine: EngineHandle;
  const open: ClickHouse[] = [];
  const database = async (name: string): Promise<ClickHouse> => {
    const { url, user, password } = engine;
    const made = createClickHouse({ url, user, password, database: name });
    open.push(made);
    await migrate(made);
    return made;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'keywatch-bench-sql-'));
    engine = await startEngine({ dataDir: folder, log: () => undefined });
  }, 60_000);
  afterAll(async () => {
    await Promise.all(open.map((one) => one.close()));
    await engine.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it('gives the very rows that ingest gives for the same messages', async () => {
    const events = traffic();
    const values = events.map((event) => encodeKeyEvent(event).value);
    const built = await database('built');
    const rows = values.map((value, offset) => {
      const decoded = decodeKeyEvent({ value: Buffer.from(value) });
      if (decoded.kind !== 'ok') throw new Error(decoded.reason);
      const { tenantId, source, id } = decoded.event;
      const position = { topic: TOPIC, partition: 1, offset, logTimeMs: NOW + offset };
      return keyEventRow(decoded.event, position, identityOf(tenantId, source, id), crc32(value));
    });
    await new IntakeWriter(built, 'key_event_intake').write(rows, 'token');

    const extracted = await database('extracted');
    await extracted.client.command({
      query: `CREATE TABLE extracted.messages (message String, _topic String, _partition UInt64, _offset UInt64,
        _timestamp_ms Nullable(DateTime64(3, 'UTC'))) ENGINE = Null`,
    });
    await extracted.client.command({ query: extractingView('extracted', 'extracted.messages') });
    await extracted.client.insert({
      table: 'extracted.messages',
      format: 'JSONEachRow',
      values: values.map((message, offset) => ({
        message,
        _topic: TOPIC,
        _partition: 1,
        _offset: offset,
        _timestamp_ms: ((NOW + offset) / 1000).toFixed(3),
      })),
    });

    const found = await contentsOf(built);
    checkSame(
      new Map([
        ['built', found],
        ['extracted', await contentsOf(extracted)],
      ]),
    );
    for (const table of ['key_events', 'event_ids']) {
      expect(found[table]).toMatch(new RegExp(`^${events.length} `));
    }
    await expect(fillOf(extracted, events.length)).resolves.toEqual({
      events: events.length,
      whole: true,
    });
    await expect(fillOf(extracted, events.length + 1)).resolves.toMatchObject({ whole: false });
  }, 60_000);
});
