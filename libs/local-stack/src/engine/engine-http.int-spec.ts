import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { engineAvailable } from './chdb.js';
import { type EngineHandle, startEngine } from './start-engine.js';

const here = engineAvailable();
if (!here.available) console.warn(`SKIPPED, the engine's HTTP interface: ${here.reason}`);

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}
interface Ask {
  readonly as?: { readonly user: string; readonly password: string };
  readonly url?: Record<string, string | number>;
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly method?: string;
  readonly signal?: AbortSignal;
}

/** A question that keeps one thread busy until it is killed. */
const ENDLESS = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 7';

(here.available ? describe : describe.skip)('the HTTP interface of the embedded engine', () => {
  let folder: string;
  let engine: EngineHandle;

  const ask = async (what: Ask): Promise<Answer> => {
    const { user, password } = what.as ?? engine;
    const query = new URLSearchParams(
      Object.entries(what.url ?? {}).map(([k, v]): [string, string] => [k, String(v)]),
    );
    const response = await fetch(`${engine.url}/?${query.toString()}`, {
      method: what.method ?? 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
        ...what.headers,
      },
      ...(what.body === undefined ? {} : { body: new Uint8Array(Buffer.from(what.body)) }),
      ...(what.signal === undefined ? {} : { signal: what.signal }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const sql = async (body: string, url: Ask['url'] = {}): Promise<string> => {
    const { status, text } = await ask({ body, url });
    if (status !== 200) throw new Error(text);
    return text.trimEnd();
  };
  const until = async (fact: () => Promise<boolean>): Promise<void> => {
    while (!(await fact())) await new Promise((resolve) => setImmediate(resolve));
  };
  const running = async (): Promise<number> =>
    Number(
      await sql(
        "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(%'",
      ),
    );

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'engine-http-'));
    engine = await startEngine({ dataDir: folder, log: () => undefined });
    await sql('CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a');
  }, 60_000);
  afterAll(async () => {
    await engine.stop();
    await expect(engine.exited).resolves.toEqual({ code: 0 });
    rmSync(folder, { recursive: true });
  }, 60_000);

  it('answers pings without a password, and nothing else', async () => {
    const text = async (path: string): Promise<[number, string]> => {
      const response = await fetch(`${engine.url}${path}`);
      return [response.status, await response.text()];
    };
    await expect(text('/ping')).resolves.toEqual([200, 'Ok.\n']);
    await expect(text('/')).resolves.toEqual([200, 'Ok.\n']);
    await expect(text('/other')).resolves.toEqual([404, 'There is no handle /other\n']);
    await expect(text('/?query=SELECT+1')).resolves.toEqual([
      401,
      expect.stringContaining('(AUTHENTICATION_FAILED)'),
    ]);
    const wrong = await ask({ as: { user: 'keywatch', password: 'x' }, body: 'SELECT 1' });
    expect(wrong).toMatchObject({
      status: 403,
      text: expect.stringContaining('Code: 516'),
    });
    expect(wrong.headers.get('x-clickhouse-exception-code')).toBe('516');
  });

  it('refuses a foreign Host, as a page would send whose name was rebound to 127.0.0.1', async () => {
    const { port } = new URL(engine.url);
    const status = await new Promise((resolve, reject) => {
      const { user, password } = engine;
      const asked = request(
        {
          port,
          host: '127.0.0.1',
          path: '/?query=SELECT+1',
          auth: `${user}:${password}`,
          headers: { host: `evil.example:${port}` },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      asked.on('error', reject).end();
    });
    expect(status).toBe(403);
  });

  it('takes the statement from the URL, the body or both, with settings for it alone', async () => {
    await expect(sql("SELECT getSetting('max_threads') = 7", { max_threads: 7 })).resolves.toBe(
      '1',
    );
    await expect(sql("SELECT getSetting('max_threads') = 7")).resolves.toBe('0');
    expect(await ask({ url: { query: 'SELECT 2' }, method: 'GET' })).toMatchObject({ text: '2\n' });
    expect(await ask({ url: { query: 'SELECT' }, body: '3' })).toMatchObject({ text: '3\n' });
    await expect(sql('SELECT currentDatabase()', { database: 'system' })).resolves.toBe('system');
    await expect(sql('SELECT currentDatabase()')).resolves.toBe('default');
    await expect(sql('SET max_threads = 3')).resolves.toBe('');
    await expect(sql("SELECT getSetting('max_threads') = 3")).resolves.toBe('0');
  });

  it('lets GET only read', async () => {
    expect(await ask({ url: { query: 'DROP TABLE t' }, method: 'GET' })).toMatchObject({
      status: 500,
      text: expect.stringContaining('(READONLY)'),
    });
    await expect(sql('EXISTS TABLE t')).resolves.toBe('1');
  });

  it('keeps a parameter for one statement', async () => {
    await expect(sql('SELECT {x:String}', { param_x: "it\\'s \\\\ \\n" })).resolves.toBe(
      "it\\'s \\\\ \\n",
    );
    await expect(sql('SELECT {x:String}')).rejects.toThrow('Code: 456');
  });

  it('names format, query id and counters in its headers', async () => {
    const { headers } = await ask({ body: 'SELECT 1 FORMAT JSON', url: { query_id: 'mine' } });
    expect(headers.get('x-clickhouse-format')).toBe('JSON');
    expect(headers.get('x-clickhouse-query-id')).toBe('mine');
    expect(headers.get('content-type')).toBe('application/json; charset=UTF-8');
    expect(JSON.parse(headers.get('x-clickhouse-summary') ?? '')).toMatchObject({ read_rows: '1' });
    const byHeader = await ask({
      body: 'SELECT 1 AS a',
      headers: { 'x-clickhouse-format': 'JSONEachRow' },
    });
    expect(byHeader.text).toBe('{"a":1}\n');
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('unpacks bodies in %s', async (encoding, pack) => {
    await sql('TRUNCATE TABLE t');
    const { status, headers } = await ask({
      url: { query: 'INSERT INTO t (a, s) FORMAT JSONCompactEachRow', async_insert: 0 },
      headers: { 'content-encoding': encoding },
      body: pack('[1,"x"]\n[2,"y"]'),
    });
    expect(status).toBe(200);
    expect(JSON.parse(headers.get('x-clickhouse-summary') ?? '')).toMatchObject({
      written_rows: '2',
    });
    await expect(sql('SELECT count() FROM t')).resolves.toBe('2');
  });

  it('refuses bodies that it cannot unpack', async () => {
    const url = { query: 'INSERT INTO t FORMAT CSV' };
    const broken = await ask({ url, headers: { 'content-encoding': 'gzip' }, body: 'no gzip' });
    expect(broken).toMatchObject({
      status: 400,
      text: expect.stringContaining('Code: 271'),
    });
    const unknown = await ask({ url, headers: { 'content-encoding': 'lz4' }, body: 'x' });
    expect(unknown).toMatchObject({ status: 415, text: expect.stringContaining('gzip') });
  });

  it.each([
    ['JSONEachRow', '{"a":1,"s":"é;\'"}\n'],
    ['TabSeparated', "1\té;\\'\n"],
    ['CSV', '1,"é;\'"\n'],
    ['CSVWithNames', 's,a\n"é;\'",1\n'],
    ['JSONStringsEachRow', '{"a":"1","s":"é;\'"}\n'],
    ['Values', "(1, 'é;\\'')"],
  ])('inserts %s, given beside the statement or behind it', async (format, rows) => {
    for (const [url, body] of [
      [{ query: `INSERT INTO t (a, s) FORMAT ${format}` }, rows],
      [{}, `INSERT INTO t (a, s) FORMAT ${format}\n${rows}`],
    ] as const) {
      await sql('TRUNCATE TABLE t');
      expect(await ask({ url: { ...url, async_insert: 0 }, body })).toMatchObject({ status: 200 });
      await expect(sql('SELECT a, s FROM t FORMAT JSONCompactEachRow')).resolves.toBe(`[1, "é;'"]`);
    }
  });

  it('never answers OK to rows that it would not write', async () => {
    const input = await ask({
      url: { query: "INSERT INTO t SELECT a, 'x' FROM input('a UInt64') FORMAT CSV" },
      body: '1',
    });
    expect(input).toMatchObject({
      status: 501,
      text: expect.stringContaining('input()'),
    });
    const binary = await ask({
      url: { query: 'INSERT INTO t FORMAT MsgPack' },
      body: Buffer.from([1, 255]),
    });
    expect(binary).toMatchObject({
      status: 404,
      text: expect.stringContaining('UNKNOWN_FORMAT'),
    });
  });

  describe('an insert in a binary format', () => {
    const insert = (query: string, body: Buffer, token = ''): Promise<Answer> =>
      ask({ url: { query, async_insert: 0, insert_deduplication_token: token }, body });
    const row = (a: number, s: string): Buffer => {
      const bytes = Buffer.alloc(9 + s.length);
      bytes.writeBigUInt64LE(BigInt(a));
      bytes.writeUInt8(s.length, 8);
      bytes.write(s, 9, 'latin1');
      return bytes;
    };
    const rows = (): Promise<string> => sql('SELECT a, s FROM t ORDER BY a FORMAT CSV');

    beforeEach(() => sql('TRUNCATE TABLE t'));

    it('is written whole, whatever bytes its rows have', async () => {
      const body = Buffer.concat([row(1, "'\\\n;\0"), row(2, '')]);
      const answer = await insert('INSERT INTO t (a, s) FORMAT RowBinary', body);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-clickhouse-format')).toBe('RowBinary');
      await expect(sql('SELECT a, hex(s) FROM t ORDER BY a FORMAT CSV')).resolves.toBe(
        '1,"275C0A3B00"\n2,""',
      );
    });

    it('takes its settings and the columns it names', async () => {
      const only = Buffer.from(row(3, '').subarray(0, 8));
      const query = 'INSERT INTO default.t (a) SETTINGS max_insert_block_size = 1 FORMAT RowBinary';
      await expect(insert(query, only)).resolves.toMatchObject({ status: 200 });
      await expect(rows()).resolves.toBe('3,""');
    });

    it('that breaks off, or says other types, is refused and writes nothing', async () => {
      const cut = Buffer.concat([row(1, 'x'), row(2, 'yy').subarray(0, 10)]);
      await expect(insert('INSERT INTO t (a, s) FORMAT RowBinary', cut)).resolves.toMatchObject({
        status: 500,
        text: expect.stringMatching(/^Code: 33\./),
      });
      const typed = Buffer.from('\x02\x01a\x01s\x06UInt32\x06String\x01\0\0\0\x01x', 'latin1');
      const answer = await insert('INSERT INTO t (a, s) FORMAT RowBinaryWithNamesAndTypes', typed);
      expect(answer).toMatchObject({ status: 400, text: expect.stringMatching(/^Code: 117\./) });
      expect(answer.text).toContain("Type of 'a' must be UInt64, not UInt32");
      await expect(rows()).resolves.toBe('');
    });

    it('leaves nothing in its file, and many at once do not mix', async () => {
      const many = Array.from({ length: 40 }, (_, i) =>
        insert('INSERT INTO t (a, s) FORMAT RowBinary', row(i, `row ${i}`)),
      );
      for (const { status } of await Promise.all(many)) expect(status).toBe(200);
      await expect(rows()).resolves.toBe(
        Array.from({ length: 40 }, (_, i) => `${i},"row ${i}"`).join('\n'),
      );
      const files = readdirSync(join(folder, 'inserts')).map((name) =>
        statSync(join(folder, 'inserts', name)),
      );
      expect(files.length).toBeLessThanOrEqual(4);
      expect(files.map(({ size }) => size)).toEqual(files.map(() => 0));
    });
  });

  it('bounds a body to 256 MB, told or counted', async () => {
    const { port } = new URL(engine.url);
    const answer = await new Promise((resolve, reject) => {
      const asked = request(
        {
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/?query=INSERT+INTO+t+FORMAT+CSV',
          auth: `${engine.user}:${engine.password}`,
          headers: { 'content-length': 300 * 1024 * 1024 },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      asked.on('error', reject);
      asked.write('1,x\n');
    });
    expect(answer).toBe(413);
    // 260 MB of zeros are 260 kB of gzip.
    const bomb = gzipSync(Buffer.alloc(260 * 1024 * 1024));
    const counted = await ask({
      url: { query: 'INSERT INTO t FORMAT CSV' },
      headers: { 'content-encoding': 'gzip' },
      body: bomb,
    });
    expect(counted).toMatchObject({
      status: 413,
      text: expect.stringContaining('Code: 229'),
    });
  }, 30_000);

  it('streams a large result, packed when asked', async () => {
    const url = { query: 'SELECT number FROM numbers(3000000)', enable_http_compression: 1 };
    const { text, headers } = await ask({ url, headers: { 'accept-encoding': 'gzip' } });
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(text.length).toBe(22_888_890);
    expect(text.endsWith('\n2999999\n')).toBe(true);
  }, 30_000);

  it('gives whole documents in formats with a head', async () => {
    const text = await sql('SELECT number AS n FROM numbers(200000) FORMAT CSVWithNames', {
      max_block_size: 1000,
    });
    expect(text.split('\n').filter((line) => line === '"n"')).toHaveLength(1);
  });

  it('marks an error that comes after the first rows', async () => {
    const { status, text, headers } = await ask({
      body: 'SELECT throwIf(number = 2000000) FROM numbers(3000000)',
      url: { max_threads: 1, max_block_size: 10000 },
    });
    const tag = headers.get('x-clickhouse-exception-tag') ?? '';
    expect(status).toBe(200);
    expect(tag).toHaveLength(16);
    expect(text).toMatch(
      new RegExp(
        `\\r\\n__exception__\\r\\n${tag}\\r\\nCode: 395[^\\n]*\\n\\d+ ${tag}\\r\\n__exception__\\r\\n$`,
      ),
    );
    await until(
      async () =>
        (await sql(
          "SELECT count() FROM system.processes WHERE query LIKE '%throwIf(number%' AND query NOT LIKE '%processes%'",
        )) === '0',
    );
  });

  it('kills a query whose client has gone', async () => {
    const gone = new AbortController();
    const asked = ask({ body: ENDLESS, signal: gone.signal }).catch(
      (error: unknown) => (error as Error).name,
    );
    await until(async () => (await running()) === 1);
    gone.abort();
    await expect(asked).resolves.toBe('AbortError');
    await until(async () => (await running()) === 0);
  });

  it('lets inserts and commands through while reports are as many as may be, and refuses more of those', async () => {
    const gone = new AbortController();
    // The runner itself counts on commands: queries would wait behind the reports.
    const reports = Array.from({ length: 4 + 32 }, () =>
      ask({ body: ENDLESS, url: { max_threads: 1 }, signal: gone.signal }).catch(() => undefined),
    );
    let refused: Answer | undefined;
    await until(async () => {
      const extra = new AbortController();
      const answer = ask({ body: 'SELECT 1', signal: extra.signal }).catch(() => undefined);
      refused = await Promise.race([answer, sql('SYSTEM STOP FETCHES').then(() => undefined)]);
      if (refused === undefined) extra.abort();
      return refused !== undefined;
    });
    expect(refused).toMatchObject({
      status: 503,
      text: expect.stringContaining('Code: 202'),
    });
    const inserted = await ask({
      url: { query: 'INSERT INTO t FORMAT CSV', async_insert: 0 },
      body: '77,x',
    });
    expect(inserted.status).toBe(200);
    const analyst = await ask({ as: engine.analyst, body: 'SELECT count() FROM t WHERE a = 77' });
    expect(analyst.text).toBe('1\n');
    gone.abort();
    await Promise.all(reports);
    // Refused until the engine has noticed that the others are gone.
    await until(async () => (await running().catch(() => Infinity)) === 0);
  }, 60_000);

  it.each([
    'INSERT INTO t VALUES (1, 2)',
    'DROP TABLE t',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "DESCRIBE file('/etc/passwd')",
    'SELECT * FROM `/etc/passwd`',
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV')",
    'SELECT 1 SETTINGS max_execution_time = 0',
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT max(number) FROM numbers(2e9) SETTINGS max_rows_to_read = DEFAULT',
    'KILL QUERY WHERE 1',
  ])('refuses an analyst: %s', async (statement) => {
    expect(await ask({ as: engine.analyst, body: statement })).toMatchObject({
      status: 500,
      text: expect.stringContaining('(READONLY)'),
    });
  });

  it('limits what an analyst may take', async () => {
    const slow = await ask({
      as: engine.analyst,
      body: 'SELECT count() FROM numbers(1000000000) WHERE sipHash64(sipHash64(number)) = 7',
      url: { max_execution_time: 1 },
    });
    expect(slow).toMatchObject({
      status: 408,
      text: expect.stringContaining('TIMEOUT_EXCEEDED'),
    });
    const many = await ask({
      as: engine.analyst,
      body: 'SELECT number FROM numbers(2000000) FORMAT JSONCompact',
    });
    expect(many.text).toContain('TOO_MANY_ROWS_OR_BYTES');
    const large = await ask({
      as: engine.analyst,
      body: 'SELECT uniqExact(number) FROM numbers(100000000)',
      url: { max_memory_usage: 50_000_000 },
    });
    expect(large.text).toContain('MEMORY_LIMIT_EXCEEDED');
    // Beyond the rows that came before: the answer ends with the error, whatever the status said.
    const streamed = await ask({ as: engine.analyst, body: 'SELECT number FROM numbers(2000000)' });
    expect(streamed.text).toContain('TOO_MANY_ROWS_OR_BYTES');
    const bytes = await ask({
      as: engine.analyst,
      body: "SELECT concat(toString(number), repeat('x', 1000)) FROM numbers(300000)",
    });
    expect(bytes.text).toContain('TOO_MANY_ROWS_OR_BYTES');
    const read = await ask({ as: engine.analyst, body: 'SELECT max(number) FROM numbers(2e9)' });
    expect(read.text).toContain('TOO_MANY_ROWS');
    expect(read.text).toContain('max_rows_to_read');
    const settings = await ask({ as: engine.analyst, body: 'SELECT 1', url: { allow_ddl: 1 } });
    expect(settings.text).toContain('READONLY');
  }, 30_000);

  it('shows an analyst the views made for people and nothing beneath them', async () => {
    await sql('CREATE DATABASE keywatch');
    await sql('CREATE DATABASE keywatch_views');
    await sql('CREATE TABLE keywatch.raw (secret String) ENGINE = MergeTree ORDER BY secret');
    await sql("INSERT INTO keywatch.raw SELECT 'beneath'");
    await sql('CREATE VIEW keywatch_views.shown AS SELECT length(secret) AS n FROM keywatch.raw');
    const as = engine.analyst;
    await expect(ask({ as, body: 'SELECT n FROM shown' })).resolves.toMatchObject({ text: '7\n' });
    for (const [body, url] of [
      ['SELECT secret FROM keywatch.raw', {}],
      ['SELECT secret FROM raw', { database: 'keywatch' }],
      ['SELECT * FROM {t:Identifier}', { param_t: 'keywatch.raw' }],
      ['SELECT query FROM processes', { database: 'system' }],
    ] as const) {
      expect(await ask({ as, body, url })).toMatchObject({
        status: 403,
        text: expect.stringContaining('ACCESS_DENIED'),
      });
    }
    for (const body of [
      'SELECT * FROM raw',
      'SELECT * FROM `keywatch.raw`',
      "SELECT * FROM 'keywatch.raw'",
      "SELECT * FROM merge('keywatch', '^raw$')",
      "SELECT * FROM merge('^raw$')",
      "SELECT * FROM loop('keywatch', 'raw')",
      "SELECT * FROM mergeTreeIndex('keywatch', 'raw')",
    ]) {
      const { status, text } = await ask({ as, body });
      expect({ body, text, leaked: text.includes('beneath') || status === 200 }).toMatchObject({
        leaked: false,
      });
    }
  });
});
