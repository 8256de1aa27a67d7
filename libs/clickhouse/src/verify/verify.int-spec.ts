import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { identityOf, REQUEST_MADE, type Alert, type KeyEvent } from '@keywatch/events';
import { startSpecEngine, type SpecEngine } from '@keywatch/testing';
import type { ClickHouse } from '../client.js';
import { IntakeWriter } from '../intake/intake-writer.js';
import { storedGaps, storedPartitions } from '../log/freshness.js';
import { storedIdentities, type StoredIdentity } from '../log/identities.js';
import { recordRangeDecision, storedPositions, storedRanges } from '../log/stored-ranges.js';
import { ReportRunner } from '../report-runner.js';
import { alertEventRow } from '../rows/alert-event-row.js';
import { deadLetterRow } from '../rows/dead-letter-row.js';
import { keyEventRow } from '../rows/key-event-row.js';
import { rangeRow } from '../rows/range-row.js';
import type { LogPartition } from './context.js';
import type { Finding } from './finding.js';
import { verifyDatabase } from './verify.js';

const TOPICS = { keyEvents: 'keys', alertEvents: 'alerts', deliveryEvents: 'deliveries' };
const DAY_MS = 86_400_000;
// Arrival times lie inside every table's retention, whenever this runs.
const ARRIVED_MS = Date.now() - DAY_MS;

let engine: SpecEngine;
let clickhouse: ClickHouse;

beforeAll(async () => {
  engine = await startSpecEngine('verify');
}, 90_000);

afterAll(() => engine.stop(), 90_000);

beforeEach(async () => {
  clickhouse = await engine.freshDatabase();
}, 60_000);

function event(id: string): KeyEvent {
  return {
    type: REQUEST_MADE,
    id,
    source: 'urn:test',
    tenantId: 'acme',
    lane: 'live',
    keyId: `k${id.length % 2}`,
    timeText: '',
    timeMs: ARRIVED_MS - 90 * DAY_MS,
    traceparent: '',
    attributes: undefined,
    data: { environment: 'production', status: 404, bytesOut: 10 },
  };
}

/** Rows of a range: each message by its event id, `!` a dead letter, `=id` a duplicate of id. */
function rangeOf(
  partition: number,
  from: number,
  messages: readonly string[],
  arrivedMs = ARRIVED_MS,
): Buffer[] {
  const rows = messages.map((message, i) => {
    const position = { topic: 'keys', partition, offset: from + i, logTimeMs: arrivedMs + i };
    if (message === '!') {
      const letter = { kind: 'dead-letter', reason: 'empty', error: 'no value' } as const;
      return deadLetterRow('key_event_intake', letter, position, { key: null, value: null }, 0);
    }
    const id = message.replace('=', '');
    const kind = message.startsWith('=') ? 'duplicate' : 'event';
    return keyEventRow(event(id), position, identityOf('acme', 'urn:test', id), i, kind);
  });
  const deadLetters = messages.filter((message) => message === '!').length;
  const duplicates = messages.filter((message) => message.startsWith('=')).length;
  const counts = {
    messages: messages.length,
    events: messages.length - deadLetters - duplicates,
    duplicates,
    conflicts: 0,
    deadLetters,
    dropped: 0,
    firstLogTimeMs: arrivedMs,
    lastLogTimeMs: arrivedMs + messages.length - 1,
  };
  const bounds = { topic: 'keys', partition, from, to: from + messages.length };
  return [...rows, rangeRow('key_event_intake', bounds, counts)];
}

async function write(
  partition: number,
  from: number,
  messages: readonly string[],
  arrivedMs = ARRIVED_MS,
): Promise<void> {
  const writer = new IntakeWriter(clickhouse, 'key_event_intake');
  await writer.write(
    rangeOf(partition, from, messages, arrivedMs),
    `keys/${partition}/${from}/${messages.join()}`,
  );
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const log = (partition: number, end: number, committed = end): LogPartition => ({
  topic: 'keys',
  partition,
  start: 0,
  end,
  committed,
});

async function verify(...partitions: LogPartition[]): Promise<Finding[]> {
  return verifyDatabase(clickhouse, {
    topics: TOPICS,
    log: partitions,
    again: { times: 1, pauseMs: 1 },
  });
}

async function faults(...partitions: LogPartition[]): Promise<string[]> {
  const findings = await verify(...partitions);
  return findings.filter(({ ok }) => !ok).map(({ check, detail }) => `${check}: ${detail}`);
}

const command = (query: string): Promise<unknown> =>
  clickhouse.client.command({
    query: query.replaceAll('{{database}}', clickhouse.database),
    clickhouse_settings: { async_insert: 0, mutations_sync: '2' },
  });

describe('verify', () => {
  it('takes a log that was adopted for a new one: what was stored before it is neither gap nor overlap', async () => {
    await write(0, 0, ['a', 'bb', 'ccc', '!']);
    const adoptedMs = ARRIVED_MS + 1000;
    const decision = { topic: 'keys', partition: 0, from: 0, to: 0, kind: 'adopted' } as const;
    await recordRangeDecision(clickhouse, { ...decision, note: 'made anew', atMs: adoptedMs });
    await write(0, 0, ['dddd', '!'], adoptedMs + 1);
    await write(0, 2, ['eeeee'], adoptedMs + 10);
    const findings = await verifyDatabase(clickhouse, { topics: TOPICS, log: [log(0, 3)] });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('an empty database against an empty log is fine', async () => {
    const findings = await verify(log(0, 0));
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(new Set(findings.map(({ check }) => check)).size).toBe(12);
  }, 60_000);

  it('what ingest wrote is fine: events, duplicates, dead letters, alerts, several partitions', async () => {
    await write(0, 0, ['a', 'b', '!', '=a']);
    await write(0, 4, ['c']);
    await write(1, 0, ['d', 'ee']);
    await writeAlert(0, 'first');
    const findings = await verify(log(0, 5), log(1, 2));
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    expect(findings.find(({ check }) => check === 'duplicates')?.detail).toBe(
      '6 events are stored, each once; 1 repeated message was recognised and left out',
    );
  }, 60_000);

  it('a gap and an overlap between ranges are found', async () => {
    await write(0, 0, ['a', 'b']);
    await write(0, 5, ['c']);
    await write(1, 0, ['d', 'e']);
    await write(1, 1, ['f']);
    const found = await faults(log(0, 6), log(1, 2));
    expect(found).toContainEqual(
      'range-gaps: Ranges do not follow on each other: keys/0: nothing stored at offsets 2 to 4 (keywatch ranges abandon keys 0 2 5); keys/1: stored twice at offsets 1',
    );
    expect(found).toContainEqual(
      expect.stringMatching(/^log-positions: .*keys\/0: committed 6, stored up to 2/),
    );
  }, 60_000);

  it('an abandoned stretch closes a gap, and its record is kept once', async () => {
    await write(0, 0, ['a', 'b']);
    await write(0, 5, ['c']);
    const decision = {
      topic: 'keys',
      partition: 0,
      from: 2,
      to: 5,
      kind: 'abandoned',
      note: "it's gone",
      atMs: ARRIVED_MS,
    } as const;
    await recordRangeDecision(clickhouse, decision);
    await recordRangeDecision(clickhouse, decision);
    expect(await faults(log(0, 6))).toEqual([]);
    const ranges = await all(storedRanges(clickhouse, 'keys', 0));
    expect(ranges.map(({ from, to, kind, note }) => [from, to, kind, note])).toEqual([
      [0, 2, 'written', ''],
      [2, 5, 'abandoned', "it's gone"],
      [5, 6, 'written', ''],
    ]);
  }, 60_000);

  it('the same identity on two partitions is found with its places', async () => {
    await write(0, 0, ['a', 'b']);
    await write(1, 0, ['b', 'c']);
    expect(await faults(log(0, 2), log(1, 2))).toEqual([
      expect.stringMatching(
        /^duplicates: Key events stored more than once: event \S+ 2 times, at keys\/0\/1, keys\/1\/0$/,
      ),
    ]);
  }, 60_000);

  it.each(['key_events', 'event_ids', 'dead_letters'])(
    'a row missing in %s is found with its range',
    async (table) => {
      await write(0, 0, ['a', 'b', '!']);
      await write(0, 3, ['c', '!']);
      await command(`ALTER TABLE {{database}}.${table} DELETE WHERE offset > 2`);
      expect(await faults(log(0, 5))).toContainEqual(
        `range-rows: Ranges whose rows in ${table} are not as many as announced: keys/0, offsets 3 to 4: 1 expected, 0 there`,
      );
    },
    60_000,
  );

  it.each([
    ['usage_5m', 'usage-5m'],
    ['usage_1h', 'usage-1h'],
    ['key_activity', 'key-activity'],
    ['callers', 'callers'],
  ])(
    'a sum of %s that differs from raw rows is found with its key',
    async (table, check) => {
      await write(0, 0, ['a', 'b', 'ee']);
      await command(
        `INSERT INTO {{database}}.${table} SELECT * FROM {{database}}.${table} WHERE key_id = 'k1'`,
      );
      expect(await faults(log(0, 3))).toEqual([
        expect.stringMatching(
          new RegExp(
            `^${check}: .*${table} differ from raw rows: acme/k1: requests 4 stored, 2 in raw`,
          ),
        ),
      ]);
    },
    60_000,
  );

  it('an alert told more often than its tellings are stored is found', async () => {
    await writeAlert(0, 'first');
    await command(`INSERT INTO {{database}}.alert_state SELECT * FROM {{database}}.alert_state`);
    expect(await faults()).toEqual([
      expect.stringMatching(/^alerts: .*: acme\/a{32}: 2 told, 1 stored$/),
    ]);
  }, 60_000);

  it('a telling whose query is lost is found', async () => {
    await writeAlert(0, 'first');
    await writeAlert(1, 'second');
    expect(await faults()).toEqual([]);
    await command(
      'ALTER TABLE {{database}}.alert_evidence DELETE WHERE offset = 1 SETTINGS mutations_sync = 1',
    );
    expect(await faults()).toEqual([
      expect.stringMatching(/^alert-evidence: .*: acme\/a{32}: 2 told, 1 queries$/),
    ]);
  }, 60_000);
});

async function writeAlert(offset: number, id: string): Promise<void> {
  const time = new Date(ARRIVED_MS).toISOString();
  const alert: Alert = {
    alertId: 'a'.repeat(32),
    fingerprint: 'f'.repeat(32),
    rule: 'stale-key',
    ruleVersion: 1,
    severity: 'high',
    tenantId: 'acme',
    lane: 'live',
    keyId: 'k1',
    window: 'w',
    title: 't',
    sentence: 's',
    occurredAt: time,
    detectedAt: time,
    historical: false,
    evidence: { facts: {} },
  };
  const position = { topic: 'alerts', partition: 0, offset, logTimeMs: ARRIVED_MS };
  const counts = {
    messages: 1,
    events: 1,
    duplicates: 0,
    conflicts: 0,
    deadLetters: 0,
    dropped: 0,
    firstLogTimeMs: ARRIVED_MS,
    lastLogTimeMs: ARRIVED_MS,
  };
  await new IntakeWriter(clickhouse, 'alert_event_intake').write(
    [
      alertEventRow({ id, source: 'sweep', alert }, position, identityOf('acme', 'sweep', id), 1),
      rangeRow(
        'alert_event_intake',
        { topic: 'alerts', partition: 0, from: offset, to: offset + 1 },
        counts,
      ),
    ],
    `alerts/0/${offset}`,
  );
}

describe('what the log side reads', () => {
  it('stored positions: contiguous end, highest end and arrival per partition', async () => {
    await write(0, 3, ['a', 'b']);
    await write(0, 5, ['c']);
    await write(0, 9, ['d']);
    await write(2, 0, ['e']);
    const common = { topic: 'keys' };
    expect(await storedPositions(clickhouse, 'keys')).toEqual([
      {
        ...common,
        partition: 0,
        from: 3,
        contiguousTo: 6,
        to: 10,
        ranges: 3,
        lastLogTimeMs: ARRIVED_MS,
      },
      {
        ...common,
        partition: 2,
        from: 0,
        contiguousTo: 1,
        to: 1,
        ranges: 1,
        lastLogTimeMs: ARRIVED_MS,
      },
    ]);
    expect(await storedPositions(clickhouse, 'other')).toEqual([]);
    expect(await storedPartitions(clickhouse, 'keys')).toEqual([
      { partition: 0, from: 3, to: 10, uncovered: 3, abandoned: 0, lastLogTimeMs: ARRIVED_MS },
      { partition: 2, from: 0, to: 1, uncovered: 0, abandoned: 0, lastLogTimeMs: ARRIVED_MS },
    ]);
    expect(await storedGaps(clickhouse, 'keys')).toMatchObject([
      { partition: 0, from: 6, to: 9, kind: 'uncovered', note: '' },
    ]);
  }, 60_000);

  it('identities of a stretch in order, duplicates included, dead letters not', async () => {
    await write(0, 0, ['a', 'b', '!', '=a', 'c']);
    await write(1, 0, ['other']);
    const read = async (stretch: {
      from: number;
      before: number;
      sinceMs?: number;
    }): Promise<StoredIdentity[]> =>
      (await all(storedIdentities(clickhouse, { topic: 'keys', partition: 0, ...stretch }))).flat();
    const of = (id: string, offset: number): StoredIdentity => ({
      offset,
      identity: identityOf('acme', 'urn:test', id),
      crc: offset,
      logTimeMs: ARRIVED_MS + offset,
    });
    expect(await read({ from: 1, before: 4 })).toEqual([of('b', 1), of('a', 3)]);
    expect(await read({ from: 0, before: 9, sinceMs: ARRIVED_MS + 3 })).toEqual([
      of('a', 3),
      of('c', 4),
    ]);
    expect(await read({ from: 7, before: 9 })).toEqual([]);
  }, 60_000);
});

describe('ReportRunner', () => {
  it('values never become SQL', async () => {
    const values = { text: `it's \\ "q"\n\ttab; DROP TABLE x --`, list: ["a'b", 'c\\d'], n: 5 };
    const row = await new ReportRunner(clickhouse).one(
      'SELECT {text:String} AS text, {list:Array(String)} AS list, {n:UInt64} AS n',
      values,
    );
    expect(row).toEqual(values);
  }, 60_000);

  it('streams rows and stops when its reader stops', async () => {
    let seen = 0;
    for await (const row of new ReportRunner(clickhouse).stream<{ n: number }>(
      'SELECT number AS n FROM numbers(5000000)',
    )) {
      expect(row.n).toBe(seen);
      seen += 1;
      if (seen === 1_000) break;
    }
    expect(seen).toBe(1_000);
    expect(await new ReportRunner(clickhouse).one('SELECT 1 AS one')).toEqual({ one: 1 });
  }, 60_000);

  it('gives a table as text', async () => {
    const text = new ReportRunner(clickhouse).text(
      'SELECT 1 AS a, {b:String} AS b',
      'CSVWithNames',
      { b: 'x"y' },
    );
    expect(Buffer.concat(await all(text)).toString()).toBe('"a","b"\n1,"x""y"\n');
  }, 60_000);

  it('a query that needs too long or too much fails with the words of the server', async () => {
    const run = new ReportRunner(clickhouse);
    await expect(
      run.query(
        'SELECT sleepEachRow(0.1) FROM numbers(100) SETTINGS max_block_size = 1',
        {},
        { limits: { maxSeconds: 1 } },
      ),
    ).rejects.toThrow(/[Tt]imeout exceeded/);
    await expect(
      run.query('SELECT number FROM numbers(100)', {}, { limits: { maxResultRows: 10 } }),
    ).rejects.toThrow(/[Ll]imit for result exceeded/);
  }, 60_000);

  it('can be given up', async () => {
    const abort = new AbortController();
    const asked = new ReportRunner(clickhouse).query(
      'SELECT sleepEachRow(0.5) FROM numbers(20) SETTINGS max_block_size = 1',
      {},
      { signal: abort.signal },
    );
    setImmediate(() => {
      abort.abort();
    });
    await expect(asked).rejects.toThrow(/abort/);
  }, 60_000);

  it('one row means one row', async () => {
    const run = new ReportRunner(clickhouse);
    await expect(run.one('SELECT 1 WHERE 0')).rejects.toThrow(/no row/);
    await expect(run.one('SELECT number FROM numbers(2)')).rejects.toThrow(/several rows/);
  }, 60_000);
});
