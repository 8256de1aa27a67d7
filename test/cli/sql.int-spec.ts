import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  alertEventRow,
  createClickHouse,
  IntakeWriter,
  migrate,
  NO_IDENTITY,
  SAVED_QUERIES,
  VIEWS,
  type ClickHouse,
} from '@keywatch/clickhouse';
import {
  claimFolder,
  startEngine,
  type ClaimedFolder,
  type EngineHandle,
} from '@keywatch/local-stack';
import { anAlertEvent } from '@keywatch/testing';
import { runCommand, type Ran } from './run-command.js';
import { DAY, writeEvents, type Told } from './sql-events.js';

const NOW = Date.now();
const ago = (days: number): number => Math.floor(NOW - days * DAY);

const request = (
  key: string,
  days: number,
  sourceIp: string,
  status = 200,
  more: Readonly<Record<string, unknown>> = {},
): Told => ({
  key,
  type: 'request-made',
  atMs: ago(days),
  data: { sourceIp, status, userAgent: 'curl/8', endpoint: '/v1/orders', ...more },
});

const EVENTS: readonly Told[] = [
  {
    key: 'old',
    type: 'created',
    atMs: ago(200),
    data: { name: 'Old one', owner: { email: 'ada@example.com' }, kind: 'long-term' },
  },
  { key: 'fresh', type: 'created', atMs: ago(150), data: { kind: 'long-term' } },
  { key: 'fresh', type: 'rotated', atMs: ago(3), data: { secretVersion: 2 } },
  { key: 'gone', type: 'created', atMs: ago(300), data: { kind: 'long-term' } },
  { key: 'gone', type: 'revoked', atMs: ago(2), data: { by: 'ben', reason: 'left' } },
  request('old', 20, '198.51.100.7'),
  request('old', 2, '198.51.100.7', 200, { environment: 'production' }),
  request('old', 1.5, '198.51.100.7', 500, { environment: 'production', endpoint: '/v1/pay' }),
  request('old', 1, '203.0.113.9', 401, { userAgent: 'evil\u001b[31m/1' }),
  request('old', 0.9, '203.0.113.9', 401, { userAgent: 'evil\u001b[31m/1' }),
  request('old', 0.8, '203.0.113.9', 403, { userAgent: 'evil\u001b[31m/1' }),
  request('fresh', 0.5, '203.0.113.77', 404, { endpoint: '/v1/pay' }),
  request('fresh', 0.5, 'billing.internal', 200, { endpoint: '/v1/pay' }),
];

let folder: string;
let engine: EngineHandle;
let clickhouse: ClickHouse;
let claimed: ClaimedFolder;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keywatch-sql-'));
  engine = await startEngine({ dataDir: join(folder, 'engine'), log: () => undefined });
  clickhouse = createClickHouse({ ...engine });
  await migrate(clickhouse);
  await writeEvents(clickhouse, EVENTS);
  const detectedAt = new Date(ago(1)).toISOString();
  const alert = anAlertEvent({
    keyId: 'old',
    severity: 'high',
    detectedAt,
    occurredAt: detectedAt,
  });
  const position = { topic: 'keywatch.alert-events', partition: 0, offset: 0, logTimeMs: ago(1) };
  await new IntakeWriter(clickhouse, 'alert_event_intake').write(
    [alertEventRow(alert, position, NO_IDENTITY, 0)],
    'alert',
  );
  claimed = await claimFolder(folder);
  const { url, user, password, analyst } = engine;
  await claimed.publish({ brokers: [], clickhouse: { url, user, password, analyst }, api: url });
}, 90_000);

afterAll(async () => {
  await claimed.release();
  await clickhouse.close();
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
}, 90_000);

const sql = (...argv: string[]): Promise<Ran> => runCommand(['sql', ...argv, '--data', folder]);

/** Rows of a saved query. */
async function saved(name: string, ...params: string[]): Promise<Record<string, unknown>[]> {
  const { out, err, code } = await sql(
    ...['--saved', name, '--format', 'ndjson'],
    ...params.flatMap((param) => ['--param', param]),
  );
  expect({ name, err, code }).toEqual({ name, err: '', code: 0 });
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('keywatch sql', () => {
  it('prints rows and nothing else on standard output', async () => {
    const query = 'SELECT key_id, count() AS n FROM requests GROUP BY key_id ORDER BY key_id';
    expect(await sql(query)).toEqual({
      out: 'key_id  n\nfresh   2\nold     6\n',
      err: '',
      code: 0,
    });
    expect(await sql(query, '--format', 'csv')).toEqual({
      out: '"key_id","n"\n"fresh",2\n"old",6\n',
      err: '',
      code: 0,
    });
    expect((await sql(`${query};`, '--format', 'ndjson')).out).toBe(
      '{"key_id":"fresh","n":2}\n{"key_id":"old","n":6}\n',
    );
    expect(JSON.parse((await sql(query, '--format', 'json')).out)).toMatchObject({ rows: 2 });
  });

  it('takes the query from a file, and values beside it', async () => {
    const file = join(folder, 'q.sql');
    writeFileSync(file, 'SELECT state FROM keys WHERE key_id = {key:String};\n');
    const { out } = await sql('-f', file, '--param', 'key=gone', '--format', 'tsv');
    expect(out).toBe('state\nrevoked\n');
  });

  it('says in one message what is wrong with a query', async () => {
    const cases: readonly (readonly [string, string])[] = [
      ['SELECT * FROM nowhere', 'There are requests, key_changes'],
      ['SELECT nothing FROM keys', 'docs/data-dictionary.md'],
      ['SELECT 1 +', 'Syntax error'],
      ['SELEC 1', 'only reading is allowed'],
      ['SELECT * FROM keywatch.key_events', 'what there is for people is in keywatch_views'],
      ['INSERT INTO keys VALUES (1)', 'only reading is allowed'],
      ['SELECT {x:String}', '--param name=value'],
      ['SELECT max(number) FROM numbers(2e9)', 'limits: docs/analysts.md'],
    ];
    for (const [query, words] of cases) {
      const { out, err, code } = await sql(query);
      expect({ query, out, code }).toEqual({ query, out: '', code: 2 });
      expect(err).toContain(words);
      expect(err.trimEnd().split('\n')).toHaveLength(1);
      expect(err).not.toContain('DB::Exception');
    }
  });

  it('streams a large result, and says where it breaks off', async () => {
    const whole = await sql('SELECT number FROM numbers(300000)', '--format', 'ndjson');
    expect(whole.code).toBe(0);
    expect(whole.out.endsWith('{"number":299999}\n')).toBe(true);
    const query = 'SELECT number, throwIf(number = 900000) FROM numbers(1000000)';
    const broken = await sql(query, '--format', 'ndjson');
    expect(broken.code).toBe(2);
    expect(broken.out.startsWith('{"number":0,')).toBe(true);
    expect(broken.out).not.toContain('__exception__');
    expect(broken.err).toContain('FUNCTION_THROW_IF_VALUE_IS_NON_ZERO');
  });

  it('shows the beginning of a long table and says so', async () => {
    const { out, err } = await sql('SELECT number FROM numbers(5000)');
    expect(out.trimEnd().split('\n')).toHaveLength(1 + 1_000);
    expect(err).toBe('The first 1,000 rows; --format csv or ndjson gives all.\n');
  });

  it('lets no control character of a user agent reach the terminal', async () => {
    const { out } = await sql(
      "SELECT DISTINCT user_agent FROM requests WHERE user_agent LIKE 'evil%'",
    );
    expect(out).toBe('user_agent\nevil\uFFFD[31m/1\n');
  });

  it('reads every view to its last column', async () => {
    for (const view of VIEWS) {
      const { err, code } = await sql(`SELECT * FROM ${view}`, '--format', 'csv');
      expect({ view, err, code }).toEqual({ view, err: '', code: 0 });
    }
  });

  it('finds one key and a time range by the index, through the view', async () => {
    const { out } = await sql(
      "EXPLAIN indexes = 1 SELECT * FROM requests WHERE tenant_id = 'default' AND lane = 'live' AND key_id = 'old' AND time >= '2026-01-01 00:00:00.000' ORDER BY time, event_id",
      '--format',
      'tsv',
    );
    expect(out).toMatch(/key_id in \[\\'old\\', \\'old\\'\]/);
    expect(out).toMatch(/toYYYYMM\(filed_time\) in \[202601/);
  });
});

describe('key_changes', () => {
  it('says who did what and why', async () => {
    const { out } = await sql(
      "SELECT change, actor, reason, secret_version FROM key_changes WHERE key_id IN ('fresh', 'gone') ORDER BY time",
      '--format',
      'ndjson',
    );
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { change: 'created', actor: '', reason: '', secret_version: 0 },
      { change: 'created', actor: '', reason: '', secret_version: 0 },
      { change: 'rotated', actor: '', reason: '', secret_version: 2 },
      { change: 'revoked', actor: 'ben', reason: 'left', secret_version: 0 },
    ]);
  });
});

describe('the saved queries', () => {
  it('are listed with their values', async () => {
    const { out } = await sql('--saved');
    for (const name of SAVED_QUERIES) expect(out).toMatch(new RegExp(`^${name}$`, 'm'));
    expect(out).toContain('--param key=...  public name of the key (needed)');
  });

  it('say what they need', async () => {
    const { err, code } = await sql('--saved', 'who-used-key', '--param', 'kee=x');
    expect(err).toContain('kee is none of its values');
    expect(err).toContain('key is missing');
    expect(code).toBe(2);
    expect((await sql('--saved', 'nothing')).err).toContain('there are who-used-key');
  });

  it('who-used-key: who used it last week', async () => {
    expect(await saved('who-used-key', 'key=old')).toMatchObject([
      { source_ip: '203.0.113.9', requests: 3, errors: 3 },
      { source_ip: '198.51.100.7', environment: 'production', requests: 2, errors: 1 },
    ]);
  });

  it('callers-of-key: everybody since it is known', async () => {
    expect(await saved('callers-of-key', 'key=old')).toMatchObject([
      { address_block: '203.0.113.0/24', total: 3, failed: 3 },
      { address_block: '198.51.100.0/24', environment: 'production', total: 2, endpoints: 2 },
      { address_block: '198.51.100.0/24', environment: '', total: 1, failed: 0 },
    ]);
  });

  it('new-addresses-of-key: of late and not before', async () => {
    expect(await saved('new-addresses-of-key', 'key=old')).toMatchObject([
      { source_ip: '203.0.113.9', requests: 3, errors: 3 },
    ]);
    expect(await saved('new-addresses-of-key', 'key=old', 'days=30')).toHaveLength(2);
  });

  it('busiest-keys', async () => {
    expect(await saved('busiest-keys')).toMatchObject([
      { key_id: 'old', total: 5, failed: 4, failed_percent: 80 },
      { key_id: 'fresh', total: 2, failed: 1, failed_percent: 50 },
    ]);
    expect(await saved('busiest-keys', 'rows=1')).toHaveLength(1);
    expect(await saved('busiest-keys', 'tenant=other')).toEqual([]);
  });

  it('most-denied-keys', async () => {
    expect(await saved('most-denied-keys')).toMatchObject([
      { key_id: 'old', not_known: 2, not_allowed: 1, all_requests: 5, addresses: 1 },
    ]);
  });

  it('keys-not-rotated: in force and old, the revoked and the rotated left out', async () => {
    expect(await saved('keys-not-rotated')).toMatchObject([
      { key_id: 'old', name: 'Old one', owner_email: 'ada@example.com', rotation_age_days: 200 },
    ]);
    expect(await saved('keys-not-rotated', 'days=201')).toEqual([]);
  });

  it('alerts-per-day', async () => {
    expect(await saved('alerts-per-day')).toMatchObject([
      { rule: 'stale-key', alerts: 1, high_or_critical: 1, open: 1, keys: 1 },
    ]);
  });

  it('what-did-address-do: an address, or a network', async () => {
    expect(await saved('what-did-address-do', 'address=203.0.113.9')).toMatchObject([
      { key_id: 'old', endpoint: '/v1/orders', requests: 3, succeeded: 0, denied: 3 },
    ]);
    const network = await saved('what-did-address-do', 'address=203.0.113.0/24');
    expect(network.map(({ key_id }) => key_id).sort()).toEqual(['fresh', 'old']);
  });

  it('error-rate-by-endpoint', async () => {
    expect(await saved('error-rate-by-endpoint', 'days=7', 'least=1')).toMatchObject([
      { endpoint: '/v1/orders', requests: 4, refused: 3, broken: 0, error_percent: 75 },
      { endpoint: '/v1/pay', requests: 3, refused: 1, broken: 1, error_percent: 66.7 },
    ]);
  });

  it('freshness: how far the log is stored', async () => {
    expect(await saved('freshness')).toMatchObject([
      {
        topic: 'keywatch.key-events',
        partition: 0,
        stored_to: EVENTS.length,
        all_messages: EVENTS.length,
        stored: EVENTS.length,
        unreadable: 0,
        gap_offsets: 0,
        abandoned_offsets: 0,
      },
    ]);
  });
});
