import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  alertEventRow,
  deliveryEventRow,
  IntakeWriter,
  recordDeadLetterActions,
} from '@keywatch/clickhouse';
import { TOPICS, type Alert, type OutgoingKeyEvent } from '@keywatch/events';
import { reportOf, type Known, type Row } from '@keywatch/reports';
import { startDatabase, type Database } from './database.js';

const NOW = Math.floor(Date.now() / 60_000) * 60_000;
const MINUTE = 60_000;
const DAY = 86_400_000;
const at = (days: number, ms = 0): string => new Date(NOW - days * DAY + ms).toISOString();

let ids = 0;
const made = (
  type: OutgoingKeyEvent['type'],
  tenantid: string,
  subject: string,
  time: string,
  data: object,
): OutgoingKeyEvent =>
  ({
    id: `e${ids++}`,
    source: 'urn:oracle',
    type,
    subject,
    time,
    tenantid,
    data,
  }) as OutgoingKeyEvent;

interface Use {
  readonly tenant: string;
  readonly key: string;
  readonly timeMs: number;
  readonly environment: string;
  readonly ip: string;
  readonly agent: string;
  readonly endpoint: string;
  readonly status: number;
}

/** Requests of three keys by a rule that is easy to count again: the same key name in two tenants. */
function uses(): Use[] {
  const all: Use[] = [];
  for (let n = 0; n < 900; n += 1) {
    all.push({
      tenant: n % 5 === 0 ? 'zeta' : 'acme',
      key: n % 3 === 0 ? 'shared' : n % 3 === 1 ? 'steady' : 'refused',
      timeMs: NOW - (n % 60) * DAY - (n % 7) * 11 * MINUTE,
      environment: n % 4 === 0 ? '' : n % 4 === 1 ? 'staging' : 'production',
      ip: n % 6 === 0 ? '2001:db8:1:2::7' : `10.0.${n % 3}.${n % 200}`,
      agent: n % 2 === 0 ? 'curl/8' : 'sdk/1',
      endpoint: n % 11 === 0 ? '' : `/v1/things/${n % 8}`,
      status: n % 3 === 2 ? 403 : n % 10 === 0 ? 500 : 200,
    });
  }
  // A burst of the pro plan's limit and one more, within a minute of the clock.
  for (let n = 0; n < 601; n += 1) {
    all.push({
      tenant: 'acme',
      key: 'burst',
      timeMs: NOW - 3 * DAY + n * 50,
      environment: 'production',
      ip: '10.9.9.9',
      agent: 'sdk/1',
      endpoint: '/v1/bulk',
      status: n < 600 ? 200 : 429,
    });
  }
  return all;
}

const USES = uses();
const CREATED = 'keywatch.key.created.v1';
const owner = { email: 'ann@example.com' };
const EVENTS: OutgoingKeyEvent[] = [
  made(CREATED, 'acme', 'steady', at(100), { plan: 'Pro', owner, environment: 'production' }),
  made(CREATED, 'acme', 'refused', at(80), { plan: 'pro', owner }),
  made(CREATED, 'acme', 'burst', at(20), { plan: 'pro', owner }),
  made(CREATED, 'zeta', 'shared', at(50), {
    plan: 'free',
    environment: 'production',
    allowedEnvironments: ['staging'],
    createdBy: 'zoe',
  }),
  made(CREATED, 'acme', 'never', at(14), { plan: 'free', createdBy: 'ann' }),
  made(CREATED, 'acme', 'young', at(14, 1), { plan: 'free' }),
  made('keywatch.key.rotated.v1', 'zeta', 'shared', at(40), { secretVersion: 2, rotatedBy: 'zoe' }),
  made('keywatch.key.revoked.v1', 'acme', 'gone', at(5), { by: '=cmd()', reason: 'left' }),
  ...USES.map((use) =>
    made('keywatch.key.request-made.v1', use.tenant, use.key, new Date(use.timeMs).toISOString(), {
      environment: use.environment === '' ? undefined : use.environment,
      sourceIp: use.ip,
      userAgent: use.agent,
      endpoint: use.endpoint === '' ? undefined : use.endpoint,
      status: use.status,
    }),
  ),
];

const ALERT_ID = 'a'.repeat(32);
const ALERT: Alert = {
  alertId: ALERT_ID,
  fingerprint: 'b'.repeat(32),
  rule: 'stale-key',
  ruleVersion: 1,
  severity: 'high',
  tenantId: 'acme',
  lane: 'live',
  keyId: 'steady',
  window: 'v0/90d',
  title: 'Stale key',
  sentence: 'steady is 100 days old.',
  occurredAt: at(2),
  detectedAt: at(2),
  historical: false,
  evidence: { facts: { ageDays: 100 } },
};

describe('reports against a count by hand', () => {
  let database: Database;
  beforeAll(async () => {
    database = await startDatabase();
    await database.store(EVENTS, NOW);
    await storeAlert(database);
  }, 120_000);
  afterAll(() => database.stop(), 60_000);

  const ask = async (
    id: string,
    params: Record<string, unknown> = {},
    known: Known = {},
  ): Promise<Row[]> => {
    const report = reportOf(id);
    if (report === undefined) throw new Error(`no report ${id}`);
    const prepared = report.prepare(params, NOW, known);
    const rows = await database.runner.query<Row>(prepared.query.sql, prepared.query.params);
    for (const row of rows) {
      const { error } = prepared.row.safeParse(prepared.read(row));
      if (error) throw new Error(`${JSON.stringify(row)}: ${error.message}`);
    }
    return rows;
  };

  it.each([
    ['everything', undefined, undefined],
    ['a time of its own', NOW - 20 * DAY, NOW - 3 * DAY],
    ['from the very moment of a request', NOW - 7 * DAY - 0, undefined],
  ])('callers of one tenant, %s', async (_, from, to) => {
    const rows = await ask('callers', {
      key: 'shared',
      tenant: 'acme',
      ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
      ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    });
    const wanted = grouped(
      USES.filter(
        ({ tenant, key, timeMs }) =>
          tenant === 'acme' &&
          key === 'shared' &&
          timeMs >= (from ?? 0) &&
          timeMs < (to ?? Infinity),
      ),
      (use) => [use.environment, blockOf(use.ip), use.agent, use.endpoint],
    );
    expect(wanted.size).toBeGreaterThan(5);
    const found = rows.map((row) => [
      JSON.stringify([row['environment'], row['addressBlock'], row['userAgent'], row['endpoint']]),
      [row['requests'], row['errors'], row['firstUsed'], row['lastUsed']],
    ]);
    expect(Object.fromEntries(found)).toEqual(
      Object.fromEntries(
        [...wanted].map(([name, group]) => [
          name,
          [
            group.length,
            group.filter(({ status }) => status >= 400).length,
            new Date(Math.min(...group.map(({ timeMs }) => timeMs))).toISOString(),
            new Date(Math.max(...group.map(({ timeMs }) => timeMs))).toISOString(),
          ],
        ]),
      ),
    );
  });

  it.each([[{}], [{ tenant: 'zeta' }]])(
    'who breaks if a key is revoked, with the shares of the traffic: %j',
    async (params) => {
      const rows = await ask('revoke-impact', { key: 'shared', days: '30', ...params });
      const within = USES.filter(
        ({ key, timeMs, tenant }) =>
          key === 'shared' &&
          timeMs > NOW - 30 * DAY &&
          timeMs <= NOW &&
          (!('tenant' in params) || tenant === 'zeta'),
      );
      const wanted = grouped(within, (use) => [
        use.tenant,
        use.environment,
        blockOf(use.ip),
        use.agent,
      ]);
      expect(rows).toHaveLength(wanted.size);
      for (const row of rows) {
        const { tenantId, environment, addressBlock, userAgent } = row;
        const name = JSON.stringify([tenantId, environment, addressBlock, userAgent]);
        const group = wanted.get(name) ?? [];
        const all = within.filter(({ tenant }) => tenant === tenantId).length;
        expect(row).toMatchObject({
          requests: group.length,
          succeeded: group.filter(({ status }) => status < 400).length,
          breaks: group.some(({ status }) => status < 400),
          sharePercent: Math.round((1000 * group.length) / all) / 10,
          activeDays: new Set(group.map(({ timeMs }) => Math.floor(timeMs / DAY))).size,
          endpoints: new Set(group.map(({ endpoint }) => endpoint).filter((e) => e !== '')).size,
          lastUsed: new Date(Math.max(...group.map(({ timeMs }) => timeMs))).toISOString(),
        });
      }
    },
  );

  it('plan use finds the busiest minute and the minutes beyond the limit', async () => {
    const rows = await ask('plan-use', { tenant: 'acme', to: at(0, MINUTE) });
    expect(rows[0]).toMatchObject({
      keyId: 'burst',
      plan: 'pro',
      limitPerMinute: 600,
      peakPerMinute: 601,
      peakAt: at(3),
      minutesOver: 1,
      requests: 601,
      rateLimited: 1,
    });
    const steady = USES.filter(
      ({ key, tenant, timeMs }) =>
        key === 'steady' && tenant === 'acme' && timeMs >= NOW + MINUTE - 30 * DAY,
    );
    const minutes = grouped(steady, ({ timeMs }) => [Math.floor(timeMs / MINUTE)]);
    expect(rows.find((row) => row['keyId'] === 'steady')).toMatchObject({
      requests: steady.length,
      activeMinutes: minutes.size,
      peakPerMinute: Math.max(...[...minutes.values()].map((group) => group.length)),
      limitPerMinute: 600,
    });
    // Its plan was never seen: no limit is made up.
    const shared = rows.find((row) => row['keyId'] === 'shared');
    expect(shared).toMatchObject({ limitPerMinute: null, peakPercent: null, minutesOver: null });
  });

  it('keys in several environments, an allowed one apart from a foreign one', async () => {
    const rows = await ask('shared-keys');
    const byKey = new Map(
      rows.map((row) => [`${String(row['tenantId'])}/${String(row['keyId'])}`, row]),
    );
    const named = USES.filter(({ environment }) => environment !== '');
    const wanted = grouped(named, ({ tenant, key }) => [tenant, key]);
    for (const [name, group] of wanted) {
      const [tenant = '', key = ''] = JSON.parse(name) as string[];
      const environments = [...new Set(group.map(({ environment }) => environment))].sort();
      const row = byKey.get(`${tenant}/${key}`);
      if (environments.length < 2) {
        expect(row).toBeUndefined();
        continue;
      }
      const days = grouped(group, ({ timeMs }) => [Math.floor(timeMs / DAY)]);
      expect(row).toMatchObject({
        usedIn: environments.join(', '),
        requests: group.length,
        sharedDays: [...days.values()].filter(
          (ofDay) => new Set(ofDay.map(({ environment }) => environment)).size > 1,
        ).length,
      });
    }
    expect(byKey.get('zeta/shared')).toMatchObject({ unexpected: 0, unexpectedIn: '' });
    expect(byKey.get('acme/steady')).toMatchObject({ unexpected: 1, unexpectedIn: 'staging' });
    const foreign = await ask('shared-keys', { unexpected: 'true' });
    expect(foreign.map((row) => Number(row['unexpected']) > 0)).not.toContain(false);
  });

  it('unused keys: never used from the very day, only failed, and none that is in use', async () => {
    const rows = await ask('unused-keys', { tenant: 'acme' });
    expect(rows.map(({ keyId, state, idleDays }) => [keyId, state, idleDays])).toEqual([
      ['refused', 'only-failed', 80],
      ['never', 'never-used', 14],
    ]);
  });

  it('stale keys: past the limit and soon, with their callers, as of now and of a day', async () => {
    const rows = await ask('stale-keys', { tenant: 'acme' });
    const recent = (key: string): number =>
      grouped(
        USES.filter(
          (use) => use.tenant === 'acme' && use.key === key && use.timeMs > NOW - 30 * DAY,
        ),
        (use) => [use.environment, blockOf(use.ip), use.agent],
      ).size;
    expect(
      rows.map(({ keyId, state, ageDays, overdueDays, callers }) => ({
        keyId,
        state,
        ageDays,
        overdueDays,
        callers,
      })),
    ).toEqual([
      {
        keyId: 'steady',
        state: 'overdue',
        ageDays: 100,
        overdueDays: 10,
        callers: recent('steady'),
      },
      { keyId: 'refused', state: 'soon', ageDays: 80, overdueDays: 0, callers: recent('refused') },
    ]);
    const then = await ask('stale-keys', { tenant: 'acme', asOf: at(0) });
    expect(then).toEqual(rows);
    const [only] = await ask('stale-keys', { tenant: 'acme', asOf: at(11), soonDays: '1' });
    expect(only).toMatchObject({ keyId: 'steady', state: 'soon', ageDays: 89, dueAt: at(10) });
  });

  it('the trail of a key has everything in order, with who; of a tenant nothing of another', async () => {
    const shared = await ask('audit-trail', { key: 'shared', tenant: 'zeta', uses: 'false' });
    expect(shared.map(({ time, what, who }) => [time, what, who])).toEqual([
      [at(50), 'created', 'zoe'],
      [at(40), 'rotated', 'zoe'],
    ]);
    const steady = await ask('audit-trail', { key: 'steady', uses: 'false' });
    expect(steady.map(({ what, who }) => [what, who])).toEqual([
      ['created', ''],
      ['alert-raised', 'stale-key (detect)'],
      ['delivery-sent', 'notify'],
    ]);
    const acme = await ask('audit-trail', { tenant: 'acme' });
    expect(new Set(acme.map(({ tenantId }) => tenantId))).toEqual(new Set(['acme']));
    const times = acme.map(({ time }) => String(time));
    expect(times).toEqual([...times].sort());
    const callers = grouped(
      USES.filter(({ tenant }) => tenant === 'acme'),
      (use) => [use.key, use.environment, blockOf(use.ip), use.agent],
    );
    expect(acme.filter(({ what }) => what === 'first-use')).toHaveLength(callers.size);
    const cut = await ask('audit-trail', { tenant: 'acme', from: at(14), to: at(14, 1) });
    expect(cut.filter(({ what }) => what === 'created').map(({ keyId }) => keyId)).toEqual([
      'never',
    ]);
  });

  it('alert history says who was told', async () => {
    expect(await ask('alert-history')).toMatchObject([
      {
        rule: 'stale-key',
        keyId: 'steady',
        status: 'open',
        sent: 1,
        sentTo: 'webhook https://x.example',
        firstSentAt: at(1),
      },
    ]);
    expect(await ask('alert-history', { groupBy: 'rule' })).toMatchObject([
      { rule: 'stale-key', alerts: 1, high: 1, keys: 1, open: 1, unsent: 0 },
    ]);
    expect(await ask('alert-history', { to: at(2) })).toEqual([]);
    expect(await ask('alert-history', { from: at(2) })).toHaveLength(1);
  });

  it('completeness adds up, and says what is behind, missing or not to be told', async () => {
    const topic = TOPICS.keyEvents.name;
    const high = EVENTS.length;
    const of = async (log?: Known['log']): Promise<Row> => {
      const rows = await ask('completeness', { topic }, log === undefined ? {} : { log });
      return rows[0] ?? {};
    };
    expect(await of([{ topic, partition: 0, low: 0, high }])).toMatchObject({
      state: 'complete',
      fromOffset: 0,
      toOffset: high,
      lag: 0,
      gaps: 0,
      messages: high,
      events: high,
      unaccounted: 0,
      rowsExpected: high,
      rowsFound: high,
    });
    expect(await of([{ topic, partition: 0, low: 0, high: high + 5 }])).toMatchObject({
      state: 'behind',
      lag: 5,
    });
    expect(await of([{ topic, partition: 0, low: high + 2, high: high + 5 }])).toMatchObject({
      state: 'gaps',
      eaten: 2,
    });
    expect(await of()).toMatchObject({ state: 'unknown', logEnd: null, lag: null });
    await expect(
      ask('completeness', { topic }, { log: [{ topic, partition: 1, low: 0, high: 9 }] }),
    ).resolves.toMatchObject([{ state: 'unknown' }, { partition: 1, state: 'behind', lag: 9 }]);
  });

  it('completeness tells dead letters that wait for somebody from those that were handled', async () => {
    const topic = TOPICS.keyEvents.name;
    const first = EVENTS.find(({ type }) => type === 'keywatch.key.request-made.v1');
    if (first === undefined) throw new Error('no request');
    const bad = { ...first, id: 'bad', data: { status: 'none' } } as unknown as typeof first;
    const offset = (await database.store([bad], NOW - 1000)) - 1;
    const found = async (): Promise<Row | undefined> => (await ask('completeness', { topic }))[0];
    expect(await found()).toMatchObject({ deadLetters: 1, openDeadLetters: 1 });
    const letter = { topic, partition: 0, offset, logTimeMs: NOW - 1000 };
    await recordDeadLetterActions(
      database.clickhouse,
      [{ letter, action: 'discarded', note: 'a test of ours', replays: 0 }],
      NOW,
    );
    expect(await found()).toMatchObject({ deadLetters: 1, deadLetterRows: 1, openDeadLetters: 0 });
    const people = await database.runner.query<Row>(
      `SELECT state, note, toUnixTimestamp64Milli(assumeNotNull(handled_at)) AS handledAtMs FROM {{database}}_views.dead_letters`,
      {},
    );
    expect(people).toEqual([{ state: 'discarded', note: 'a test of ours', handledAtMs: NOW }]);
  });

  it('a Parquet file has exactly the rows asked for', async () => {
    const prepared = reportOf('usage')?.prepare({ limit: '2' }, NOW);
    if (prepared === undefined) throw new Error('no usage');
    const { sql, params } = prepared.fileQuery;
    const pieces: Buffer[] = [];
    for await (const piece of database.runner.text(sql, 'Parquet', params)) pieces.push(piece);
    const file = Buffer.concat(pieces);
    expect(file.subarray(0, 4).toString()).toBe('PAR1');
    expect(file.subarray(-4).toString()).toBe('PAR1');
    const rows = await database.runner.query<Row>(sql, params);
    expect(rows).toHaveLength(2);
  });
});

function grouped<T>(items: readonly T[], by: (item: T) => readonly unknown[]): Map<string, T[]> {
  return Map.groupBy(items, (item) => JSON.stringify(by(item)));
}

/** By hand: the first three numbers of an IPv4 address; of the one IPv6 address that is used, its first three groups. */
function blockOf(ip: string): string {
  return ip.includes(':') ? '2001:db8:1::/48' : `${ip.split('.').slice(0, 3).join('.')}.0/24`;
}

async function storeAlert({ clickhouse }: Database): Promise<void> {
  const zero = '00000000-0000-0000-0000-000000000000';
  const alerts = TOPICS.alertEvents.name;
  const event = { id: `${ALERT_ID}:1`, source: 'detect', alert: ALERT };
  const position = { topic: alerts, partition: 0, offset: 0, logTimeMs: NOW };
  await new IntakeWriter(clickhouse, 'alert_event_intake').write(
    [alertEventRow(event, position, zero, 0)],
    'alert',
  );
  const delivery = {
    alertId: ALERT_ID,
    severity: 'high',
    rule: 'stale-key',
    tenantId: 'acme',
    channel: 'webhook',
    target: 'https://x.example',
    attempt: 1,
    outcome: 'sent',
    status: 200,
    error: '',
    at: at(1),
  } as const;
  await new IntakeWriter(clickhouse, 'delivery_event_intake').write(
    [
      deliveryEventRow(
        { id: 'd1', delivery },
        { topic: TOPICS.deliveryEvents.name, partition: 0, offset: 0, logTimeMs: NOW },
        zero,
        0,
      ),
    ],
    'delivery',
  );
}
