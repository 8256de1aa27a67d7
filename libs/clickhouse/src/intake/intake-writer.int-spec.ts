import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { identityOf, REQUEST_MADE, type KeyEvent } from '@keywatch/events';
import { type EngineHandle, startEngine } from '@keywatch/local-stack';
import { keepForGood } from '@keywatch/testing';
import { createClickHouse, type ClickHouse } from '../client.js';
import { ReportRunner } from '../report-runner.js';
import { deadLetterRow } from '../rows/dead-letter-row.js';
import { keyEventRow } from '../rows/key-event-row.js';
import { rangeRow } from '../rows/range-row.js';
import { migrate } from '../schema/migrate.js';
import { DETERMINISTIC_CODES, TRANSIENT_CODES } from './insert-errors.js';
import { IntakeWriter } from './intake-writer.js';

const FIRST_MS = Date.UTC(2026, 0, 1);
const TARGETS = [
  'key_events',
  'event_ids',
  'ranges',
  'usage_5m',
  'usage_1h',
  'key_activity',
  'callers',
];

let folder: string;
let engine: EngineHandle;
let clickhouse: ClickHouse;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keywatch-intake-'));
  engine = await startEngine({ dataDir: folder, log: () => undefined });
  clickhouse = createClickHouse(engine);
  await migrate(clickhouse);
  await keepForGood(clickhouse);
}, 90_000);

afterAll(async () => {
  await clickhouse.close();
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}, 90_000);

function requestMade(n: number, timeMs: number): KeyEvent {
  return {
    type: REQUEST_MADE,
    id: `e${n}`,
    source: 'urn:test',
    tenantId: 'acme',
    lane: 'live',
    keyId: `k${n % 100}`,
    timeText: new Date(timeMs).toISOString(),
    timeMs,
    traceparent: '',
    attributes: undefined,
    data: { environment: 'production', sourceIp: '203.0.113.9', status: 200, latencyMs: 1.5 },
  };
}

/** A range of `n` requests from `from`, spread evenly over `months`. */
function range(topic: string, from: number, n: number, months = 1): Buffer[] {
  const position = (i: number) => ({
    topic,
    partition: 0,
    offset: from + i,
    logTimeMs: FIRST_MS + 330 * 86_400_000,
  });
  const rows = Array.from({ length: n }, (_, i) => {
    const event = requestMade(from + i, FIRST_MS + Math.floor((i * months) / n) * 31 * 86_400_000);
    return keyEventRow(event, position(i), identityOf(topic, 'urn:test', `e${from + i}`), i);
  });
  const counts = {
    messages: n,
    events: n,
    duplicates: 0,
    conflicts: 0,
    deadLetters: 0,
    dropped: 0,
    firstLogTimeMs: position(0).logTimeMs,
    lastLogTimeMs: position(0).logTimeMs,
  };
  rows.push(rangeRow('key_event_intake', { topic, partition: 0, from, to: from + n }, counts));
  return rows;
}

async function stored(topic: string): Promise<{ rows: number; ids: number; ranges: number }> {
  return new ReportRunner(clickhouse).one(
    `SELECT (SELECT count() FROM key_events WHERE topic = {topic:String}) AS rows,
      (SELECT count() FROM event_ids WHERE topic = {topic:String}) AS ids,
      (SELECT count() FROM ranges WHERE topic = {topic:String}) AS ranges`,
    { topic },
  );
}

const requests = async (table: string): Promise<number> =>
  (await new ReportRunner(clickhouse).one<{ n: number }>(`SELECT sum(requests) AS n FROM ${table}`))
    .n;

/** The most active parts that a month of each table has. */
async function partsOf(): Promise<Record<string, number>> {
  const found = await new ReportRunner(clickhouse).query<{ table: string; parts: number }>(
    `SELECT table, max(parts) AS parts FROM
      (SELECT table, partition, count() AS parts FROM system.parts WHERE database = 'keywatch' AND active GROUP BY table, partition)
      GROUP BY table`,
  );
  return Object.fromEntries(found.map(({ table, parts }) => [table, parts]));
}

describe('one insert', () => {
  it('is one block: one part a table and month, also with more rows than the engine processes at a time', async () => {
    const writer = new IntakeWriter(clickhouse, 'key_event_intake');
    for (const table of TARGETS)
      await clickhouse.client.command({ query: `SYSTEM STOP MERGES keywatch.${table}` });
    await writer.write(range('large', 0, 150_000, 3), 'large/0/0-150000');
    const parts = await partsOf();
    for (const table of TARGETS) expect(`${table} ${parts[table] ?? 0}`).toBe(`${table} 1`);
    for (const table of TARGETS)
      await clickhouse.client.command({ query: `SYSTEM START MERGES keywatch.${table}` });
    expect(await stored('large')).toEqual({ rows: 150_000, ids: 150_000, ranges: 1 });
  }, 120_000);

  it('sent again with its token adds nothing, in any table, over any number of months', async () => {
    const writer = new IntakeWriter(clickhouse, 'key_event_intake');
    const rows = range('again', 0, 1_000, 150);
    const before = await Promise.all(
      ['usage_5m', 'usage_1h', 'key_activity', 'callers'].map(requests),
    );
    for (let time = 0; time < 3; time += 1) await writer.write(rows, 'again/0/0-1000');
    expect(await stored('again')).toEqual({ rows: 1_000, ids: 1_000, ranges: 1 });
    const after = await Promise.all(
      ['usage_5m', 'usage_1h', 'key_activity', 'callers'].map(requests),
    );
    expect(after.map((n, at) => n - (before[at] ?? 0))).toEqual([1_000, 1_000, 1_000, 1_000]);
  }, 120_000);

  it('sent by two writers at once, as after a time-out, is stored once', async () => {
    const writer = new IntakeWriter(clickhouse, 'key_event_intake');
    for (let round = 0; round < 5; round += 1) {
      const rows = range('twice', round * 2_000, 2_000, 4);
      const token = `twice/0/${round}`;
      await Promise.all([writer.write(rows, token), writer.write(rows, token)]);
    }
    expect(await stored('twice')).toEqual({ rows: 10_000, ids: 10_000, ranges: 5 });
  }, 120_000);
});

describe('the answer of an insert', () => {
  it('lost after the commit: the range is sent again and stored once', async () => {
    const proxy = await answerLosingProxy(engine.url);
    const lossy = createClickHouse({ ...engine, url: proxy.url });
    const retried: unknown[] = [];
    try {
      const writer = new IntakeWriter(lossy, 'key_event_intake', {
        backoff: { firstMs: 1, maxMs: 1 },
      });
      await writer.write(range('lost', 0, 500, 2), 'lost/0/0-500', {
        onRetry: ({ error }) => retried.push(error),
      });
    } finally {
      await lossy.close();
      await proxy.close();
    }
    expect(retried).toHaveLength(1);
    expect(proxy.forwarded()).toBe(2);
    expect(await stored('lost')).toEqual({ rows: 500, ids: 500, ranges: 1 });
  }, 60_000);

  it('that it can not be parsed ends the write and quotes no row', async () => {
    const fast = { backoff: { firstMs: 1, maxMs: 1 } };
    const write = new IntakeWriter(clickhouse, 'key_event_intake', fast).write(
      [Buffer.from('\u0001\u000csecret-value')],
      'bad',
    );
    await expect(write).rejects.toThrow(/CANNOT_READ_ALL_DATA/);
    await expect(write).rejects.not.toThrow(/secret-value/);
  }, 60_000);

  it('with a wrong password ends the write', async () => {
    const stranger = createClickHouse({ ...engine, password: 'wrong' });
    try {
      const write = new IntakeWriter(stranger, 'key_event_intake').write([Buffer.from([1])], 'x');
      await expect(write).rejects.toThrow(/AUTHENTICATION_FAILED/);
    } finally {
      await stranger.close();
    }
  }, 60_000);
});

describe('rows with odd text', () => {
  it('come back as they were sent', async () => {
    const odd = 'a\u0000b\u2028 "\\" \u{1f600} \ud800';
    const event = { ...requestMade(1, FIRST_MS), keyId: odd, attributes: { odd } };
    const position = { topic: 'odd', partition: 0, offset: 0, logTimeMs: FIRST_MS };
    const letter = { kind: 'dead-letter', reason: 'not-json', error: odd } as const;
    const writer = new IntakeWriter(clickhouse, 'key_event_intake');
    await writer.write(
      [
        keyEventRow(event, position, identityOf('t', 's', odd), 0),
        deadLetterRow(
          'key_event_intake',
          letter,
          position,
          { key: odd, value: Buffer.from(odd) },
          0,
        ),
      ],
      'odd',
    );
    const mended = odd.toWellFormed();
    const row = await new ReportRunner(clickhouse).one<{
      key: string;
      data: string;
      error: string;
    }>(
      `SELECT key_id AS key, data, (SELECT error FROM dead_letters WHERE topic = 'odd') AS error
      FROM key_events WHERE topic = 'odd'`,
    );
    expect(row.key).toBe(mended);
    expect(JSON.parse(row.data)).toEqual({ odd: mended });
    expect(row.error).toBe(mended);
  }, 60_000);
});

describe('the table of error codes', () => {
  it('has the names that the engine gives them', async () => {
    const ours = [...TRANSIENT_CODES, ...DETERMINISTIC_CODES].map(([code, name]) => ({
      code,
      name,
    }));
    const theirs = await new ReportRunner(clickhouse).query<{ code: number; name: string }>(
      'SELECT code, errorCodeToName(code) AS name FROM (SELECT arrayJoin({codes:Array(UInt32)}) AS code)',
      { codes: ours.map(({ code }) => code) },
    );
    expect(theirs).toEqual(ours);
  }, 60_000);
});

/** Passes requests on; the first insert's answer is thrown away once the engine has given it. */
async function answerLosingProxy(
  target: string,
): Promise<{ url: string; forwarded: () => number; close: () => Promise<void> }> {
  let inserts = 0;
  const server: Server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', target);
    const headers = { ...incoming.headers, host: url.host };
    const options = { method: incoming.method, headers };
    const forward = httpRequest(url, options, (answer) => {
      inserts += 1;
      answer.resume().on('end', () => {
        if (inserts === 1) incoming.socket.destroy();
        else outgoing.writeHead(answer.statusCode ?? 500).end();
      });
    });
    forward.on('error', () => incoming.socket.destroy());
    incoming.pipe(forward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forwarded: () => inserts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
