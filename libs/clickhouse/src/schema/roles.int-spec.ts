import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEngine, type EngineHandle } from '@keywatch/local-stack';
import { createClickHouse, type ClickHouse } from '../client.js';
import { lastSweepRuns, recordSweepRuns } from '../log/sweep-runs.js';
import { IntakeWriter } from '../intake/intake-writer.js';
import { readSettings } from '../report-runner.js';
import { keyEventRow } from '../rows/key-event-row.js';
import { NO_IDENTITY } from '../rows/position.js';
import { migrate } from './migrate.js';
import { loadMigrations, type Migration } from './migration-files.js';
import { roleName, ROLES, roleStatements, type Role } from './roles.js';

/*
 * The embedded engine has the access control of a server but no place to store roles. It takes users from a file,
 * though: here its only user has exactly the grants and settings of one role, so that what the role may not do is
 * refused by ClickHouse's own checks. What this can't show is that a server stores the roles; the statements are parsed.
 */
const folder = mkdtempSync(join(tmpdir(), 'keywatch-roles-'));
const STATEMENTS = roleStatements('keywatch');
const OWNER = 'GRANT ALL ON *.*';
const LOG_MS = Date.now();

const grantsOf = (role: Role): string[] =>
  STATEMENTS.flatMap((sql) => {
    const to = ` TO ${roleName('keywatch', role)}`;
    return sql.startsWith('GRANT ') && sql.endsWith(to) ? [sql.slice(0, -to.length)] : [];
  });

/** `name = value [MIN a MAX b | CONST]` of CREATE ROLE as a profile of the users' file. */
function profileOf(role: Role): string {
  const create = STATEMENTS.find((sql) =>
    sql.startsWith(`CREATE ROLE IF NOT EXISTS ${roleName('keywatch', role)}`),
  );
  if (create === undefined) throw new Error(`no CREATE ROLE for ${role}`);
  const settings = create.split(' SETTINGS ')[1]?.split(/,\s*/) ?? [];
  const parts = settings.map((setting) => {
    const [, name = '', value = '', min, max, fixed] =
      /^(\w+) = '?(\w+)'?(?: MIN (\d+) MAX (\d+)| (CONST))?$/.exec(setting) ?? [];
    if (name === '') throw new Error(`can't read the setting ${setting}`);
    const bounds = min === undefined ? '' : `<min>${min}</min><max>${max ?? ''}</max>`;
    const constraint = fixed === undefined ? bounds : '<const/>';
    return {
      value: `<${name}>${value}</${name}>`,
      constraint: constraint === '' ? '' : `<${name}>${constraint}</${name}>`,
    };
  });
  return `${parts.map(({ value }) => value).join('')}<constraints>${parts.map(({ constraint }) => constraint).join('')}</constraints>`;
}

/** Files of the engine in which its user `default` has these rights, and `maker` those of the migrator. */
function configFile(name: string, grants: readonly string[], profile = ''): string {
  const user = (rights: readonly string[], settings: string): string =>
    `<password></password><networks><ip>::/0</ip></networks><profile>${settings}</profile><quota>q</quota><grants>${rights.map((right) => `<query>${right}</query>`).join('')}</grants>`;
  const users = join(folder, `${name}-users.xml`);
  writeFileSync(
    users,
    `<clickhouse><profiles><default></default><role>${profile}</role></profiles><quotas><q></q></quotas>
    <users><default>${user(grants, 'role')}</default><maker>${user(grantsOf('migrator'), 'default')}</maker></users></clickhouse>`,
  );
  const config = join(folder, `${name}-config.xml`);
  writeFileSync(config, `<clickhouse><users_config>${users}</users_config></clickhouse>`);
  return config;
}

/** The user who migrates is named, as on a server, where it is another than the one who asks. */
function madeByMaker(migrations: readonly Migration[]): Migration[] {
  const definer = 'DEFINER = maker SQL SECURITY DEFINER';
  return migrations.map((migration) => ({
    ...migration,
    text: migration.text
      .replaceAll('SQL SECURITY DEFINER', definer)
      .replace(/^(CREATE MATERIALIZED VIEW \S+ TO \S+) AS$/gm, `$1 ${definer} AS`),
  }));
}

interface Session {
  readonly clickhouse: ClickHouse;
  /** What ClickHouse says to it: `ok`, or the name of its error. */
  readonly ask: (sql: string, settings?: Record<string, string | number>) => Promise<string>;
}

async function as<T>(
  name: string,
  grants: readonly string[],
  work: (session: Session) => Promise<T>,
  { profile = '', dataDir = join(folder, 'data') } = {},
): Promise<T> {
  const engine: EngineHandle = await startEngine({
    dataDir,
    configFile: configFile(name, grants, profile),
    log: () => undefined,
  });
  const clickhouse = createClickHouse({ ...engine });
  try {
    return await work({
      clickhouse,
      ask: async (sql, settings = {}) => {
        try {
          await clickhouse.client.command({
            query: sql,
            clickhouse_settings: settings,
          });
          return 'ok';
        } catch (error) {
          const { type } = error as { type?: string };
          if (type === undefined) throw error;
          return type;
        }
      },
    });
  } finally {
    await clickhouse.close();
    await engine.stop();
  }
}

const asRole = <T>(role: Role, work: (session: Session) => Promise<T>): Promise<T> =>
  as(role, grantsOf(role), work, { profile: profileOf(role) });

async function answers(
  { ask }: Session,
  statements: readonly string[],
): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const sql of statements) said[sql] = await ask(sql);
  return said;
}

const all = (statements: readonly string[], answer: string): Record<string, string> =>
  Object.fromEntries(statements.map((sql) => [sql, answer]));

const row = (offset: number): Buffer =>
  keyEventRow(
    {
      type: 'keywatch.key.request-made.v1',
      id: `e-${offset}`,
      source: '/spec',
      tenantId: 'acme',
      lane: 'live',
      keyId: 'k',
      timeText: '',
      timeMs: LOG_MS,
      traceparent: '',
      data: { status: 200 },
      attributes: undefined,
    },
    { topic: 't', partition: 0, offset, logTimeMs: LOG_MS },
    NO_IDENTITY,
    0,
  );

const OUTSIDE = [
  "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
  "SELECT * FROM remote('127.0.0.1:1', system.one)",
  'CREATE DATABASE other',
  'CREATE TABLE other_db.t (a UInt8) ENGINE = Memory',
  'CREATE USER eve',
  'CREATE ROLE eve',
  'SYSTEM SHUTDOWN',
  'SELECT * FROM other_db.secret',
];
const CHANGES = [
  'DROP TABLE keywatch.key_events',
  'TRUNCATE TABLE keywatch.key_events',
  'DROP DATABASE keywatch',
  'DROP VIEW keywatch_views.keys',
  "ALTER TABLE keywatch.key_events DELETE WHERE key_id = 'k'",
  'ALTER TABLE keywatch.key_events ADD COLUMN x UInt8',
  'OPTIMIZE TABLE keywatch.key_events FINAL',
  'INSERT INTO keywatch.key_events (key_id) SELECT 1',
  'INSERT INTO keywatch.alert_actions (why) SELECT 1',
  'INSERT INTO keywatch.migrations (version) SELECT 99',
  'CREATE VIEW keywatch_views.mine AS SELECT 1',
];

beforeAll(async () => {
  await as('owner', [OWNER], async ({ clickhouse, ask }) => {
    await migrate(clickhouse, { migrations: madeByMaker(loadMigrations()) });
    expect(await ask('CREATE DATABASE other_db')).toBe('ok');
    expect(await ask('CREATE TABLE other_db.secret (a UInt8) ENGINE = Memory')).toBe('ok');
  });
}, 90_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the statements about roles', () => {
  it('are read by ClickHouse as they are, and name every role', async () => {
    for (const role of ROLES) expect(grantsOf(role).length).toBeGreaterThan(0);
    await as('parse', [OWNER], async ({ ask }) => {
      const said = await answers(
        { ask } as Session,
        STATEMENTS.map((sql) => `EXPLAIN AST ${sql}`),
      );
      expect(new Set(Object.values(said))).toEqual(new Set(['ok']));
    });
  }, 60_000);
});

describe('the role ingest', () => {
  it('adds rows at the entrances, which reach every table, and changes nothing else', async () => {
    await asRole('ingest', async (session) => {
      await new IntakeWriter(session.clickhouse, 'key_event_intake').write([row(0), row(1)], 'two');
      const counted = await session.clickhouse.client.query({
        query: `SELECT (SELECT count() FROM keywatch.key_events), (SELECT sum(requests) FROM keywatch.usage_1h),
          (SELECT sum(requests) FROM keywatch.callers), (SELECT requests FROM keywatch.keys)`,
        format: 'JSONCompactEachRow',
        clickhouse_settings: readSettings(),
      });
      expect(await counted.json()).toEqual([[2, 2, 2, 2]]);
      // An app whose user may create nothing starts where nothing is missing.
      expect(
        await migrate(session.clickhouse, { migrations: madeByMaker(loadMigrations()) }),
      ).toMatchObject({ applied: [], roles: 'not-managed' });
      const refused = [...OUTSIDE, ...CHANGES];
      expect(await answers(session, refused)).toEqual(all(refused, 'ACCESS_DENIED'));
    });
  }, 60_000);
});

describe('the role analyst', () => {
  it('reads the views, finds by them what it may not read itself, and nothing beneath', async () => {
    await asRole('analyst', async (session) => {
      const answer = await session.clickhouse.client.query({
        query: 'SELECT tenant_id, key_id, requests FROM keywatch_views.usage_by_hour',
        format: 'JSONCompactEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      });
      expect(await answer.json()).toEqual([['acme', 'k', 2]]);
      const refused = [
        'SELECT * FROM keywatch.key_events',
        'SELECT * FROM keywatch.keys',
        "SELECT * FROM merge('keywatch', '^key_events$')",
        'SELECT * FROM other_db.secret',
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
      ];
      const said = await answers(session, refused);
      for (const sql of refused) {
        // merge() finds no table that it may see.
        expect({ sql, said: said[sql] }).toMatchObject({
          said: expect.stringMatching(/^(ACCESS_DENIED|CANNOT_EXTRACT_TABLE_STRUCTURE)$/),
        });
      }
      for (const sql of CHANGES) {
        expect({ sql, said: await session.ask(sql) }).toMatchObject({
          said: expect.stringMatching(/^(READONLY|ACCESS_DENIED)$/),
        });
      }
    });
  }, 60_000);

  it('has limits that it can lower and not lift, not even to 0', async () => {
    await asRole('analyst', async ({ ask }) => {
      const limits = [...profileOf('analyst').matchAll(/<(max_\w+)>(\d+)<\/\1>/g)];
      expect(limits.length).toBeGreaterThanOrEqual(6);
      for (const [, name = '', most] of limits) {
        // Of threads 0 is as many as there are cores, and is compared as such.
        if (name !== 'max_threads') {
          expect({ name, zero: await ask('SELECT 1', { [name]: 0 }) }).toMatchObject({
            zero: 'SETTING_CONSTRAINT_VIOLATION',
          });
        }
        expect({ name, more: await ask('SELECT 1', { [name]: Number(most) + 1 }) }).toMatchObject({
          more: 'SETTING_CONSTRAINT_VIOLATION',
        });
        expect({ name, less: await ask('SELECT 1', { [name]: most ?? '' }) }).toMatchObject({
          less: 'ok',
        });
      }
      expect(await ask('SELECT 1', { readonly: 0 })).toBe('READONLY');
      expect(await ask('SELECT max(number) FROM numbers(2000000000)')).toBe('TOO_MANY_ROWS');
      const slow = 'SELECT count() FROM numbers(1000000000) WHERE sipHash64(sipHash64(number)) = 7';
      expect(await ask(slow, { max_execution_time: 1 })).toBe('TIMEOUT_EXCEEDED');
      expect(
        await ask('SELECT uniqExact(number) FROM numbers(100000000)', {
          max_memory_usage: 50_000_000,
        }),
      ).toBe('MEMORY_LIMIT_EXCEEDED');
    });
  }, 60_000);
});

describe('the role api', () => {
  it('reads all that is ours with limits of its own, and changes nothing', async () => {
    await asRole('api', async (session) => {
      const settings = readSettings() as Record<string, string | number>;
      for (const sql of [
        'SELECT * FROM keywatch.keys',
        'SELECT * FROM keywatch.alerts',
        'SELECT * FROM keywatch_views.requests',
        "SELECT name FROM system.tables WHERE database = 'keywatch'",
      ]) {
        expect({ sql, said: await session.ask(sql, settings) }).toEqual({ sql, said: 'ok' });
      }
      for (const sql of [...OUTSIDE, ...CHANGES, 'INSERT INTO keywatch.ranges (note) SELECT 1']) {
        expect({ sql, said: await session.ask(sql) }).toMatchObject({
          said: expect.stringMatching(/^(READONLY|ACCESS_DENIED)$/),
        });
      }
      expect(await session.ask('SELECT 1', { readonly: 0 })).toBe('READONLY');
    });
  }, 60_000);
});

describe('the role sweep', () => {
  it('reads all that is ours, records how far it looked, and changes nothing else', async () => {
    await asRole('sweep', async (session) => {
      const { clickhouse } = session;
      // What is older than is kept is not taken in.
      const now = Date.now();
      await recordSweepRuns(clickhouse, now, [
        {
          sweep: 'stale-key',
          asOfMs: now - 1,
          outcome: 'done',
          alerts: 1,
          seconds: 0.5,
          error: '',
        },
      ]);
      const counted = await clickhouse.client.query({
        query: `SELECT (SELECT count() FROM keywatch.key_events), (SELECT count() FROM keywatch_views.requests)`,
        format: 'JSONCompactEachRow',
        clickhouse_settings: readSettings(),
      });
      expect(await counted.json()).toEqual([[2, 2]]);
      const refused = [...OUTSIDE, ...CHANGES, 'INSERT INTO keywatch.ranges (note) SELECT 1'];
      expect(await answers(session, refused)).toEqual(all(refused, 'ACCESS_DENIED'));
      // Last: it asks from another database, and the engine lets this user not come back to the first.
      expect(await lastSweepRuns(clickhouse)).toEqual([
        { sweep: 'stale-key', asOfMs: now - 1, roundAtMs: now, error: '' },
      ]);
    });
  }, 60_000);
});

describe('the role migrator', () => {
  it('makes everything of ours on an empty server, and nothing else', async () => {
    await as(
      'migrator',
      grantsOf('migrator'),
      async (session) => {
        const { applied, roles } = await migrate(session.clickhouse);
        expect(applied).toHaveLength(loadMigrations().length);
        // Who may make roles could give itself any.
        expect(roles).toBe('not-managed');
        await new IntakeWriter(session.clickhouse, 'key_event_intake').write([row(0)], 'one');
        expect(await session.ask('SELECT * FROM keywatch_views.keys')).toBe('ok');
        expect(await session.ask('ALTER TABLE keywatch.key_events ADD COLUMN x UInt8')).toBe('ok');
        const refused = OUTSIDE.filter((sql) => !sql.includes('other_db.secret'));
        expect(await answers(session, refused)).toEqual(all(refused, 'ACCESS_DENIED'));
      },
      { profile: profileOf('migrator'), dataDir: join(folder, 'empty') },
    );
  }, 60_000);
});
