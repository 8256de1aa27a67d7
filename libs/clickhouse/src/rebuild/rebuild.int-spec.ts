import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { identityOf, type KeyEvent } from '@keywatch/events';
import { startSpecEngine, type SpecEngine } from '@keywatch/testing';
import type { ClickHouse } from '../client.js';
import { IntakeWriter } from '../intake/intake-writer.js';
import { deadLetterCounts, deadLetters, recordDeadLetterActions } from '../log/dead-letters.js';
import { recordRangeDecision } from '../log/stored-ranges.js';
import { ReportRunner } from '../report-runner.js';
import { deadLetterRow } from '../rows/dead-letter-row.js';
import { keyEventRow } from '../rows/key-event-row.js';
import { rebuildTable, type RebuildOptions } from './rebuild.js';
import { REBUILDABLE, type Rebuildable } from './rebuildable.js';

const ARRIVED_MS = Date.now() - 86_400_000;
const OPTIONS: RebuildOptions = {
  topics: { keyEvents: 'keys', alertEvents: 'alerts', deliveryEvents: 'deliveries' },
  acceptLoss: false,
  stillStopped: () => Promise.resolve(),
  // Several slices, also of little.
  sliceRows: 10,
};

let engine: SpecEngine;
let clickhouse: ClickHouse;

beforeAll(async () => {
  engine = await startSpecEngine('rebuild');
}, 90_000);

afterAll(() => engine.stop(), 90_000);

beforeEach(async () => {
  clickhouse = await engine.freshDatabase();
}, 60_000);

const position = (offset: number) => ({
  topic: 'keys',
  partition: 0,
  offset,
  logTimeMs: ARRIVED_MS + offset,
});

/** Requests, creations, rotations, revocations and leaks of seven keys. */
function eventAt(n: number): KeyEvent {
  const base = {
    id: `e${n}`,
    source: 'urn:test',
    tenantId: `t${n % 2}`,
    lane: n % 5 === 0 ? 'old' : 'live',
    keyId: `k${n % 7}`,
    timeText: '',
    timeMs: ARRIVED_MS - n * 3_600_000,
    traceparent: '',
    attributes: undefined,
  };
  switch (n % 6) {
    case 0:
      return { ...base, type: 'keywatch.key.created.v1', data: { environment: 'production' } };
    case 1:
      return { ...base, type: 'keywatch.key.rotated.v1', data: { secretVersion: n } };
    case 2:
      return { ...base, type: 'keywatch.key.disabled.v1', data: {} };
    default:
      return {
        ...base,
        type: 'keywatch.key.request-made.v1',
        data: { status: n % 2 === 0 ? 200 : 404, sourceIp: `203.0.113.${n}`, bytesOut: n },
      };
  }
}

async function write(from: number, to: number): Promise<void> {
  const rows = Array.from({ length: to - from }, (_, i) => {
    const event = eventAt(from + i);
    const identity = identityOf(event.tenantId, event.source, event.id);
    return keyEventRow(event, position(from + i), identity, 1, 'event');
  });
  await new IntakeWriter(clickhouse, 'key_event_intake').write(rows, `keys/0/${from}-${to}`);
}

const query = <T>(sql: string): Promise<T[]> => new ReportRunner(clickhouse).query<T>(sql);
const command = (sql: string): Promise<unknown> =>
  clickhouse.client.command({ query: sql.replaceAll('{{database}}', clickhouse.database) });

/** What readers see of all keys: usage, state and callers. */
async function seen(): Promise<unknown> {
  return {
    usage: await query(
      'SELECT * EXCEPT latency_ms_sum FROM {{database}}.usage_1h FINAL ORDER BY ALL',
    ),
    keys: await query('SELECT * EXCEPT (description, grace) FROM {{database}}.keys ORDER BY ALL'),
    callers: await query('SELECT * FROM {{database}}.callers FINAL ORDER BY ALL'),
  };
}

const named = (table: string): Rebuildable => {
  const found = REBUILDABLE.find((one) => one.table === table);
  if (found === undefined) throw new Error(table);
  return found;
};
const leftovers = (): Promise<{ name: string }[]> =>
  query(
    "SELECT name FROM system.tables WHERE database = '{{database}}' AND name LIKE 'rebuild\\_%'",
  );

describe('rebuilding', () => {
  it('gives every table what ingest wrote, and later rows find the new ones', async () => {
    await write(0, 60);
    const before = await seen();
    for (const table of REBUILDABLE) {
      await command(`TRUNCATE TABLE {{database}}.${table.table}`);
      const rebuilt = await rebuildTable(clickhouse, table, OPTIONS);
      expect(rebuilt).toMatchObject({ table: table.table, before: { rows: 0 } });
    }
    expect(await seen()).toEqual(before);
    expect(await leftovers()).toEqual([]);
    await write(60, 90);
    const both = await seen();
    for (const table of REBUILDABLE) await rebuildTable(clickhouse, table, OPTIONS);
    expect(await seen()).toEqual(both);
  }, 60_000);

  it('says how much there was and is', async () => {
    await write(0, 12);
    await command('INSERT INTO {{database}}.usage_1h SELECT * FROM {{database}}.usage_1h');
    const rebuilt = await rebuildTable(clickhouse, named('usage_1h'), OPTIONS);
    expect(rebuilt).toMatchObject({
      rawRows: 12,
      before: { sum: 12 },
      after: { rows: rebuilt.before.rows, sum: 6 },
    });
  }, 30_000);

  it('leaves the old table where rows came in meanwhile, or ingest was started', async () => {
    await write(0, 12);
    await command('TRUNCATE TABLE {{database}}.usage_5m');
    const arriving = (): Promise<void> =>
      recordRangeDecision(clickhouse, {
        topic: 'keys',
        partition: 0,
        from: 12,
        to: 13,
        kind: 'abandoned',
        note: '',
        atMs: ARRIVED_MS,
      });
    await expect(
      rebuildTable(clickhouse, named('usage_5m'), { ...OPTIONS, stillStopped: arriving }),
    ).rejects.toThrow('Rows came in while usage_5m was rebuilt');
    const started = (): Promise<void> => Promise.reject(new Error('Ingest runs'));
    await expect(
      rebuildTable(clickhouse, named('usage_5m'), { ...OPTIONS, stillStopped: started }),
    ).rejects.toThrow('Ingest runs');
    expect(await query('SELECT * FROM {{database}}.usage_5m')).toEqual([]);
    expect(await leftovers()).toEqual([]);
  }, 30_000);

  it('puts away what a killed rebuild has left', async () => {
    await write(0, 6);
    await command('CREATE TABLE {{database}}.rebuild_callers_x AS {{database}}.callers');
    await rebuildTable(clickhouse, named('callers'), OPTIONS);
    expect(await leftovers()).toEqual([]);
  }, 30_000);

  it('refuses to lose what raw rows no longer have, unless that is accepted', async () => {
    await write(0, 6);
    await command(
      "INSERT INTO {{database}}.ranges (topic, partition, from_offset, to_offset, first_log_time, kind) VALUES ('keys', 1, 0, 1, now() - INTERVAL 500 DAY, 'written')",
    );
    await expect(rebuildTable(clickhouse, named('callers'), OPTIONS)).rejects.toThrow(
      'Retention has removed rows of key_events',
    );
    const accepting = { ...OPTIONS, acceptLoss: true };
    expect(await rebuildTable(clickhouse, named('callers'), accepting)).toMatchObject({
      rawRows: 6,
    });
  }, 30_000);
});

describe('dead letters', () => {
  const letter = (offset: number, reason: 'empty' | 'not-json') =>
    deadLetterRow(
      'key_event_intake',
      { kind: 'dead-letter', reason, error: 'x' },
      position(offset),
      { key: 'k', value: Buffer.from('v') },
      0,
    );

  it('are open until something is done about them, and counted by state', async () => {
    const writer = new IntakeWriter(clickhouse, 'key_event_intake');
    await writer.write([letter(1, 'empty'), letter(2, 'not-json'), letter(3, 'empty')], 'letters');
    const open = async (): Promise<number[]> => {
      const offsets: number[] = [];
      for await (const { offset } of deadLetters(clickhouse, { open: true, topic: 'keys' }))
        offsets.push(offset);
      return offsets;
    };
    expect(await open()).toEqual([1, 2, 3]);
    const id = { topic: 'keys', partition: 0, offset: 2, logTimeMs: ARRIVED_MS + 2 };
    const replayed = { letter: id, action: 'replayed', note: 'mended', replays: 1 } as const;
    // The same act twice, as a retry does it, is stored once.
    await recordDeadLetterActions(clickhouse, [replayed], 1_000);
    await recordDeadLetterActions(clickhouse, [replayed], 1_000);
    expect(await query('SELECT count() AS n FROM {{database}}.dead_letter_actions')).toEqual([
      { n: 1 },
    ]);
    expect(await open()).toEqual([1, 3]);
    const another = { ...id, offset: 3, logTimeMs: 5 };
    await recordDeadLetterActions(
      clickhouse,
      [{ letter: another, action: 'discarded', note: '', replays: 0 }],
      2_000,
    );
    // At that offset of a topic that was another one.
    expect(await open()).toEqual([1, 3]);
    expect(await deadLetterCounts(clickhouse)).toEqual([
      { topic: 'keys', reason: 'empty', state: 'open', count: 2 },
      { topic: 'keys', reason: 'not-json', state: 'replayed', count: 1 },
    ]);
    const chosen = [];
    for await (const found of deadLetters(clickhouse, {
      reason: 'not-json',
      fromMs: ARRIVED_MS,
      toMs: ARRIVED_MS + 3,
      ids: [id],
    }))
      chosen.push(found);
    expect(chosen).toEqual([
      expect.objectContaining({ offset: 2, state: 'replayed', note: 'mended', handledAtMs: 1_000 }),
    ]);
  }, 30_000);
});
