import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  createClient,
} from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type EngineHandle, engineAvailable, startEngine } from '@keywatch/local-stack';

const here = engineAvailable();
if (!here.available)
  console.warn(`SKIPPED, the stock client on the embedded engine: ${here.reason}`);

/** The errors are asked for; the client need not print them. */
const log = { level: ClickHouseLogLevel.OFF };

const SCHEMA = [
  'CREATE DATABASE kw',
  'CREATE TABLE kw.intake (id UInt64, time DateTime64(3), key String) ENGINE = Null',
  `CREATE TABLE kw.events (id UInt64, time DateTime64(3), key String) ENGINE = MergeTree
   PARTITION BY toYYYYMM(time) ORDER BY id SETTINGS non_replicated_deduplication_window = 1000`,
  `CREATE TABLE kw.usage (key String, n UInt64) ENGINE = SummingMergeTree ORDER BY key
   SETTINGS non_replicated_deduplication_window = 1000`,
  'CREATE MATERIALIZED VIEW kw.to_events TO kw.events AS SELECT id, time, key FROM kw.intake',
  'CREATE MATERIALIZED VIEW kw.to_usage TO kw.usage AS SELECT key, count() AS n FROM kw.intake GROUP BY key',
];

/** What every client of this project may rely on, whether a server or the engine is behind the address. */
(here.available ? describe : describe.skip)('the stock client on the embedded engine', () => {
  let folder: string;
  let engine: EngineHandle;
  let client: ClickHouseClient;
  let analyst: ClickHouseClient;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'engine-compat-'));
    engine = await startEngine({ dataDir: folder, views: 'kw', log: () => undefined });
    const { url, user, password } = engine;
    client = createClient({
      log,
      url,
      username: user,
      password,
      compression: { request: true, response: true },
    });
    analyst = createClient({
      log,
      url,
      username: engine.analyst.user,
      password: engine.analyst.password,
    });
    for (const query of SCHEMA) await client.command({ query });
  }, 60_000);
  afterAll(async () => {
    await client.close();
    await analyst.close();
    await engine.stop();
    rmSync(folder, { recursive: true });
  }, 60_000);

  const numbers = async (query: string): Promise<unknown> => {
    const result = await client.query({
      query,
      format: 'JSONCompactEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    return (await result.json())[0];
  };
  const error = async (work: Promise<unknown>): Promise<ClickHouseError> => {
    const reason: unknown = await work.then(
      () => new Error('no error'),
      (thrown: unknown) => thrown,
    );
    if (!(reason instanceof ClickHouseError)) throw reason as Error;
    return reason;
  };

  it('pings, with and without a query', async () => {
    await expect(client.ping()).resolves.toEqual({ success: true });
    await expect(client.ping({ select: true })).resolves.toEqual({ success: true });
    const stranger = createClient({ log, url: engine.url, username: 'keywatch', password: 'no' });
    await expect(stranger.ping({ select: true })).resolves.toMatchObject({
      success: false,
      error: { code: '516' },
    });
    await stranger.close();
  });

  it('writes an insert with a token once, in the table and in every view', async () => {
    const once = (): ReturnType<typeof client.insert> =>
      client.insert({
        table: 'kw.intake',
        columns: ['id', 'time', 'key'],
        values: [
          [1, '2026-01-31 23:00:00.000', 'a'],
          [2, '2026-02-01 01:00:00.000', 'a'],
        ],
        format: 'JSONCompactEachRow',
        clickhouse_settings: {
          async_insert: 0,
          insert_deduplication_token: "keywatch.key-events/0/0-2/2@'\\",
          deduplicate_blocks_in_dependent_materialized_views: 1,
        },
      });
    const first = await once();
    expect(first.executed).toBe(true);
    expect(Number(first.summary?.written_rows)).toBeGreaterThan(0);
    await once();
    await expect(
      numbers('SELECT count(), (SELECT sum(n) FROM kw.usage) FROM kw.events'),
    ).resolves.toEqual([2, 2]);
  });

  it('inserts a stream of ready bytes through exec', async () => {
    const { stream } = await client.exec({
      query: 'INSERT INTO kw.intake (id, time, key) FORMAT JSONCompactEachRow',
      values: Readable.from(
        ['[10,"2026-03-01 00:00:00","b"]\n', '[11,"2026-03-01 00:00:00","b"]\n'],
        { objectMode: false },
      ),
      clickhouse_settings: { async_insert: 0 },
    });
    stream.resume();
    await expect(numbers("SELECT count() FROM kw.events WHERE key = 'b'")).resolves.toEqual([2]);
  });

  it('inserts objects, and all columns but some', async () => {
    await client.insert({
      table: 'kw.intake',
      values: [{ id: 20, key: 'c' }],
      columns: { except: ['time'] },
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
    await expect(numbers("SELECT count() FROM kw.events WHERE key = 'c'")).resolves.toEqual([1]);
  });

  it('binds parameters exactly, whatever they contain', async () => {
    const text = `it's "a" \\ back\`tick \n\t\r {x:String} é 😀`;
    const time = new Date('2026-01-02T03:04:05.678Z');
    const params = {
      text,
      list: [text, ''],
      map: { [text]: 1 },
      none: null,
      time,
      big: 18446744073709551615n,
      flag: true,
      table: 'events',
      empty: '',
    };
    const result = await client.query({
      query: `SELECT {text:String} AS text, {list:Array(String)} AS list, {map:Map(String, UInt8)} AS map,
                {none:Nullable(String)} AS none, toUnixTimestamp64Milli({time:DateTime64(3)}) AS time, toString({big:UInt64}) AS big,
                {flag:Bool} AS flag, {empty:String} AS empty, (SELECT count() > 0 FROM kw.{table:Identifier}) AS found`,
      query_params: params,
      format: 'JSONEachRow',
    });
    const { list, map, none, big, flag, empty } = { ...params, big: params.big.toString() };
    const row = { text, list, map, none, time: time.getTime(), big, flag, empty, found: 1 };
    await expect(result.json()).resolves.toEqual([row]);
  });

  it('binds parameters that are too long for a URL', async () => {
    const list = Array.from({ length: 3000 }, (_, i) => `key's \\ ${i}`);
    for (const how of [{ use_multipart_params: true }, {}]) {
      const result = await client.query({
        query: 'SELECT length({list:Array(String)}) AS n, {list:Array(String)}[3000] AS last',
        query_params: { list },
        format: 'JSONEachRow',
        ...how,
      });
      await expect(result.json()).resolves.toEqual([{ n: 3000, last: "key's \\ 2999" }]);
    }
  });

  it('lets no setting of one request touch another', async () => {
    const setting = async (
      clickhouse_settings: Record<string, string | number>,
    ): Promise<unknown> => {
      const query = "SELECT getSetting('max_block_size')::UInt64 = 777 AS is";
      return (await client.query({ query, clickhouse_settings, format: 'JSONEachRow' })).json();
    };
    for (let i = 0; i < 20; i++) {
      const answers = await Promise.all([
        setting({ max_block_size: '777' }),
        setting({}),
        setting({ max_threads: 1 }),
      ]);
      expect(answers.flat()).toEqual([{ is: 1 }, { is: 0 }, { is: 0 }]);
    }
  });

  it('keeps the parameters of requests that run at once apart', async () => {
    const ask = async (n: number): Promise<unknown> => {
      const result = await client.query({
        query: 'SELECT {n:UInt32} AS n FROM numbers(3) WHERE number <= {n:UInt32} LIMIT 1',
        query_params: { n },
        format: 'JSONEachRow',
      });
      return (await result.json<{ n: number }>())[0]?.n;
    };
    const all = Array.from({ length: 30 }, (_, i) => i);
    await expect(Promise.all(all.map(ask))).resolves.toEqual(all);
  });

  it('streams rows, and gives an error in their midst as an error', async () => {
    const query = async (limit: number): Promise<number> => {
      const result = await client.query({
        query: 'SELECT number, throwIf(number = 2500000) FROM numbers({limit:UInt64})',
        query_params: { limit },
        format: 'JSONCompactEachRow',
        clickhouse_settings: { max_threads: 1 },
      });
      let rows = 0;
      for await (const chunk of result.stream()) rows += chunk.length;
      return rows;
    };
    await expect(query(1_000_000)).resolves.toBe(1_000_000);
    expect(await error(query(3_000_000))).toMatchObject({
      type: 'FUNCTION_THROW_IF_VALUE_IS_NON_ZERO',
      code: '395',
    });
  }, 30_000);

  it('reads JSON documents with their counters', async () => {
    const result = await client.query({ query: 'SELECT number FROM numbers(3)', format: 'JSON' });
    expect(await result.json()).toMatchObject({
      rows: 3,
      data: [{ number: 0 }, { number: 1 }, { number: 2 }],
    });
    expect(result.response_headers['x-clickhouse-query-id']).toBe(result.query_id);
  });

  it.each([
    ['SELECT no_such_column', '47', 'UNKNOWN_IDENTIFIER'],
    ['SELECT * FROM kw.nothing', '60', 'UNKNOWN_TABLE'],
    ['SELEC 1', '62', 'SYNTAX_ERROR'],
    ['SELECT 1; SELECT 2', '62', 'SYNTAX_ERROR'],
    ['SELECT {missing:String}', '456', 'UNKNOWN_QUERY_PARAMETER'],
    ['CREATE TABLE kw.events (a Int8) ENGINE = Null', '57', 'TABLE_ALREADY_EXISTS'],
  ])('%s fails with code %s', async (query, code, type) => {
    expect(await error(client.command({ query }))).toMatchObject({ code, type });
  });

  it('says which row of an insert is wrong, and writes none of it', async () => {
    const insert = client.insert({
      table: 'kw.events',
      columns: ['id', 'key'],
      values: [
        [30, 'x'],
        ['no number', 'x'],
      ],
      format: 'JSONCompactEachRow',
      clickhouse_settings: { async_insert: 0 },
    });
    expect((await error(insert)).code).toBe('27');
    await expect(numbers('SELECT count() FROM kw.events WHERE id = 30')).resolves.toEqual([0]);
  });

  it('lets an analyst read and nothing else', async () => {
    const result = await analyst.query({
      query: 'SELECT count() AS n FROM kw.events WHERE key = {key:String}',
      query_params: { key: 'a' },
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    await expect(result.json()).resolves.toEqual([{ n: 2 }]);
    for (const query of [
      'DROP TABLE kw.events',
      "SELECT file('/etc/passwd')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'CSV')",
    ])
      expect(await error(analyst.command({ query }))).toMatchObject({
        code: '164',
        type: 'READONLY',
      });
    const insert = analyst.insert({
      table: 'kw.events',
      values: [{ id: 1 }],
      format: 'JSONEachRow',
    });
    expect((await error(insert)).code).toBe('164');
  });
});
