import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertEventRow, IntakeWriter } from '@keywatch/clickhouse';
import {
  TOPICS,
  type Alert,
  type KeyEventData,
  type KeyEventType,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { alertsQuery, reportOf, type Report, type Row } from '@keywatch/reports';
import { startDatabase, type Database } from './database.js';

// Not a fixed day: an event that is dated after its arrival is filed under its arrival.
const NOW = Math.floor(Date.now() / 1000) * 1000;
const DAY = 86_400_000;
/** So many days before now, as text. */
const ago = (days: number): string => new Date(NOW - days * DAY).toISOString();

let ids = 0;
const event = <T extends Exclude<KeyEventType, 'keywatch.key.request-made.v1'>>(
  subject: string,
  days: number,
  type: T,
  data: KeyEventData<T>,
): OutgoingKeyEvent<T> => ({
  id: String(ids++),
  source: 'urn:test',
  type,
  subject,
  time: ago(days),
  tenantid: 'acme',
  data,
});
const created = (
  subject: string,
  days: number,
  data: KeyEventData<'keywatch.key.created.v1'> = {},
) => event(subject, days, 'keywatch.key.created.v1', data);
const used = (subject: string, days: number): OutgoingKeyEvent => ({
  id: String(ids++),
  source: 'urn:test',
  type: 'keywatch.key.request-made.v1',
  subject,
  time: ago(days),
  tenantid: 'acme',
  data: { status: 200, environment: 'production' },
});

const EVENTS: OutgoingKeyEvent[] = [
  created('free', 200, {
    plan: 'free',
    owner: { id: 'ann' },
    name: 'batch',
    environment: 'production',
  }),
  used('free', 1),
  created('pro', 100, { plan: 'pro', owner: { email: 'bob@example.com' } }),
  created('rotated', 300, { plan: 'enterprise', owner: { team: 'core' } }),
  event('rotated', 120, 'keywatch.key.rotated.v1', { secretVersion: 2 }),
  event('rotated', 10, 'keywatch.key.rotated.v1', { secretVersion: 3 }),
  created('revoked', 400),
  event('revoked', 50, 'keywatch.key.revoked.v1', {}),
  created('expired', 60, { expiresAt: ago(30) }),
  created('temporary', 5, { kind: 'temporary', expiresAt: ago(-1) }),
  created('switched', 80),
  event('switched', 40, 'keywatch.key.disabled.v1', {}),
  event('switched', 20, 'keywatch.key.enabled.v1', {}),
  created('described-anew', 90, { plan: 'free', name: 'old name' }),
  created('described-anew', 15, { plan: 'pro', name: 'new name' }),
  used('seen', 33),
  used('seen', 2),
  used('unknown:0123456789abcdef', 90),
  event('toggled-only', 3, 'keywatch.key.disabled.v1', {}),
];

describe('facts in reports, over the engine', () => {
  let database: Database;
  beforeAll(async () => {
    database = await startDatabase();
    await database.store(EVENTS, Date.now());
  }, 120_000);
  afterAll(() => database.stop(), 60_000);

  const ask = async (report: Report, params: Record<string, unknown>): Promise<Row[]> => {
    const prepared = report.prepare(params, NOW);
    const rows = await database.runner.query<Row>(prepared.query.sql, prepared.query.params);
    return rows.map((row) => prepared.row.parse(prepared.read(row)));
  };
  const report = (id: string): Report => {
    const found = reportOf(id);
    if (found === undefined) throw new Error(`no report ${id}`);
    return found;
  };
  const ages = async (params: Record<string, unknown> = {}): Promise<Row[]> =>
    ask(report('rotation-age'), params);
  const key = async (
    keyId: string,
    params: Record<string, unknown> = {},
  ): Promise<Row | undefined> => (await ages({ ...params, key: keyId }))[0];

  it('rotation age lists live keys oldest first, those of unknown age last', async () => {
    const rows = await ages();
    expect(
      rows.map((row) => [
        row['keyId'],
        row['ageDays'],
        row['limitDays'],
        row['overdueDays'],
        row['atLeast'],
      ]),
    ).toEqual([
      ['free', 200, 180, 20, false],
      ['pro', 100, 90, 10, false],
      ['described-anew', 90, 90, 0, false],
      ['switched', 80, 90, 0, false],
      ['seen', 33, 90, 0, true],
      ['rotated', 10, 90, 0, false],
      ['toggled-only', null, 90, null, true],
    ]);
    expect(rows.map((row) => row['owner']).slice(0, 2)).toEqual(['ann', 'bob@example.com']);
  });

  it('lists temporary keys only where they are asked for', async () => {
    const rows = await ages({ temporary: 'true' });
    expect(rows.map((row) => row['keyId'])).toContain('temporary');
  });

  it('as of an earlier day, later rotations, revocations, expiries, switches and descriptions do not count', async () => {
    await expect(key('rotated', { asOf: ago(60) })).resolves.toMatchObject({
      ageDays: 60,
      secretVersion: 2,
      lastRotatedAt: ago(120),
    });
    await expect(key('rotated', { asOf: ago(150) })).resolves.toMatchObject({
      ageDays: 150,
      lastRotatedAt: null,
      since: ago(300),
    });
    await expect(key('revoked', { asOf: ago(51) })).resolves.toMatchObject({ ageDays: 349 });
    await expect(key('revoked', { asOf: ago(50) })).resolves.toBeUndefined();
    await expect(key('expired', { asOf: ago(31) })).resolves.toMatchObject({ ageDays: 29 });
    await expect(key('expired', { asOf: ago(30) })).resolves.toBeUndefined();
    await expect(key('switched', { asOf: ago(41) })).resolves.toMatchObject({ disabled: false });
    await expect(key('switched', { asOf: ago(30) })).resolves.toMatchObject({ disabled: true });
    await expect(key('switched', { asOf: ago(19) })).resolves.toMatchObject({ disabled: false });
    await expect(key('described-anew', { asOf: ago(16) })).resolves.toMatchObject({
      name: 'old name',
      plan: 'free',
      limitDays: 180,
      ageDays: 74,
    });
    await expect(key('seen', { asOf: ago(3) })).resolves.toMatchObject({
      ageDays: 30,
      lastUsed: ago(33),
      atLeast: true,
    });
    await expect(key('seen', { asOf: ago(34) })).resolves.toBeUndefined();
    await expect(key('toggled-only', { asOf: ago(4) })).resolves.toBeUndefined();
    await expect(key('free', { asOf: ago(201) })).resolves.toBeUndefined();
    await expect(key('free', { asOf: ago(200) })).resolves.toMatchObject({ ageDays: 0 });
  });

  it('groups by plan', async () => {
    const rows = await ages({ groupBy: 'plan' });
    expect(rows).toEqual([
      { plan: 'free', keys: 1, overdue: 1, unknownAge: 0, oldestDays: 200, medianDays: 200 },
      { plan: 'pro', keys: 2, overdue: 1, unknownAge: 0, oldestDays: 100, medianDays: 90 },
      { plan: '', keys: 3, overdue: 0, unknownAge: 2, oldestDays: 80, medianDays: 33 },
      { plan: 'enterprise', keys: 1, overdue: 0, unknownAge: 0, oldestDays: 10, medianDays: 10 },
    ]);
  });

  it('what an asker writes is a value, never SQL', async () => {
    for (const text of [
      "'",
      "\\'",
      "a' OR 1=1 --",
      '{x:String}',
      '{{database}}',
      '\\',
      '\t\n',
      "']",
      '"',
      'ключ',
      '𝄞',
    ]) {
      await expect(
        ask(report('usage'), { key: [text, 'other'], environment: text }),
      ).resolves.toEqual([]);
      await expect(ages({ owner: text })).resolves.toEqual([]);
      const cursor = Buffer.from(JSON.stringify(['usage/key', 0, text, text])).toString(
        'base64url',
      );
      await expect(ask(report('usage'), { cursor })).resolves.toEqual([]);
    }
  });

  describe('alerts', () => {
    const alert = (alertId: string, more: Partial<Alert>): Alert => ({
      alertId: alertId.repeat(32),
      fingerprint: 'f'.repeat(32),
      rule: 'stale-key',
      ruleVersion: 1,
      severity: 'low',
      tenantId: 'acme',
      lane: 'live',
      keyId: 'pro',
      window: '90',
      title: 'Old key',
      sentence: 'The key is old.',
      occurredAt: ago(2),
      detectedAt: ago(2),
      historical: false,
      evidence: { facts: { ageDays: 90, environments: ['production'] } },
      ...more,
    });
    const told: Alert[] = [
      alert('a', {}),
      alert('a', {
        severity: 'high',
        detectedAt: ago(1),
        evidence: { facts: { ageDays: 91, environments: ['production', 'test'] } },
      }),
      alert('b', {
        lane: 'import',
        historical: true,
        detectedAt: ago(5),
        rule: 'multi-environment-use',
        severity: 'medium',
      }),
    ];
    beforeAll(async () => {
      const rows = told.map((each, offset) =>
        alertEventRow(
          { id: `${each.alertId}:${offset}`, source: 'sweep', alert: each },
          { topic: TOPICS.alertEvents.name, partition: 0, offset, logTimeMs: Date.now() },
          '0'.repeat(32),
          0,
        ),
      );
      await new IntakeWriter(database.clickhouse, 'alert_event_intake').write(rows, 'alerts');
    });
    const found = async (params: Record<string, unknown>): Promise<string[]> =>
      (await ask(alertsQuery, params)).map((row) =>
        (row as { alertId: string }).alertId.slice(0, 1),
      );

    it('tellings of one alert are one row, with the most that was told', async () => {
      const [first] = await ask(alertsQuery, {});
      expect(first).toMatchObject({
        alertId: 'a'.repeat(32),
        severity: 'high',
        tellings: 2,
        firstDetectedAt: ago(2),
        lastDetectedAt: ago(1),
        source: 'sweep',
        historical: false,
        facts: { ageDays: 91, environments: ['production', 'test'] },
      });
    });

    it.each([
      [{}, ['a', 'b']],
      [{ severity: 'high' }, ['a']],
      [{ severity: 'medium' }, ['a', 'b']],
      [{ severity: 'critical' }, []],
      [{ rule: 'stale-key' }, ['a']],
      [{ lane: 'import' }, ['b']],
      [{ historical: 'true' }, ['b']],
      [{ historical: 'false' }, ['a']],
      [{ since: ago(1) }, ['a']],
      [{ since: ago(0.5) }, []],
      [{ until: ago(2) }, ['b']],
      [{ tenant: 'acme', key: 'pro' }, ['a', 'b']],
      [{ tenant: 'other' }, []],
    ])('filtered by %j: %j', async (params, wanted) => {
      await expect(found(params)).resolves.toEqual(wanted);
    });

    it('pages', async () => {
      const first = alertsQuery.prepare({ limit: '1' }, NOW);
      const [row] = await ask(alertsQuery, { limit: '1' });
      await expect(found({ cursor: first.cursorAfter(row ?? {}) })).resolves.toEqual(['b']);
    });
  });
});
