import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertEventRow, IntakeWriter, NO_IDENTITY } from '@keywatch/clickhouse';
import type { KeyEventData, KeyEventType, OutgoingKeyEvent } from '@keywatch/events';
import {
  keyStateAt,
  keyStateQueries,
  keyStateQuestion,
  tenantsOf,
  type AlertRow,
  type ChangeRow,
  type KeptRow,
  type KeyStateAnswer,
  type UseRow,
} from '@keywatch/reports';
import { anAlertEvent } from '@keywatch/testing';
import { startDatabase, type Database } from './database.js';

const DAY = 86_400_000;
const NOW = Math.floor(Date.now() / 1000) * 1000;
const ago = (days: number): number => NOW - days * DAY;
const iso = (days: number): string => new Date(ago(days)).toISOString();

let ids = 0;
const event = <T extends KeyEventType>(
  type: T,
  days: number,
  data: KeyEventData<T>,
  tenantid = 'acme',
): OutgoingKeyEvent<T> => ({
  id: String(ids++),
  source: 'urn:test',
  type,
  subject: 'k',
  time: iso(days),
  tenantid,
  data,
});

describe('the state of a key at any time, over the engine', () => {
  let database: Database;
  beforeAll(async () => {
    database = await startDatabase();
    await database.store(
      [
        event('keywatch.key.created.v1', 100, { name: 'batch', owner: { id: 'ann' } }),
        event('keywatch.key.request-made.v1', 90, { status: 200 }),
        event('keywatch.key.request-made.v1', 50, { status: 200 }),
        event('keywatch.key.rotated.v1', 40, { secretVersion: 2 }),
        event('keywatch.key.created.v1', 30, {}, 'other'),
      ],
      ago(20),
    );
    // Arrived later, though it had happened before.
    await database.store(
      [
        event('keywatch.key.revoked.v1', 25, { by: 'ben' }),
        event('keywatch.key.request-made.v1', 45, { status: 200 }),
      ],
      ago(5),
    );
    const detectedAt = iso(35);
    const alert = anAlertEvent({
      keyId: 'k',
      tenantId: 'acme',
      detectedAt,
      occurredAt: detectedAt,
    });
    await new IntakeWriter(database.clickhouse, 'alert_event_intake').write(
      [
        alertEventRow(
          alert,
          { topic: 'a', partition: 0, offset: 0, logTimeMs: ago(35) },
          NO_IDENTITY,
          0,
        ),
      ],
      'alert',
    );
  }, 120_000);
  afterAll(() => database.stop(), 60_000);

  const state = async (given: Record<string, string>): Promise<KeyStateAnswer | undefined> => {
    const question = keyStateQuestion('k', { tenant: 'acme', ...given }, NOW);
    const { changes, use, alerts, kept } = keyStateQueries(question);
    const ask = <T>(query: { sql: string; params: object }): Promise<T[]> =>
      database.runner.query<T>(query.sql, { ...query.params });
    const rows = {
      changes: await ask<ChangeRow>(changes),
      use: await ask<UseRow>(use),
      alerts: await ask<AlertRow>(alerts),
      kept: kept === undefined ? [] : await ask<KeptRow>(kept),
    };
    const [tenant] = tenantsOf(rows);
    return tenant === undefined ? undefined : keyStateAt(question, tenant, rows);
  };

  it.each([
    [95, { state: 'active', secretVersion: null, requests: { count: 0 }, openAlerts: [] }],
    [60, { state: 'active', requests: { count: 1, lastUsed: iso(90) }, rotationAge: { days: 40 } }],
    [38, { state: 'active', secretVersion: 2, requests: { count: 3 }, rotationAge: { days: 2 } }],
    [34, { state: 'active', openAlerts: [{ rule: 'stale-key', status: 'open' }] }],
    [24, { state: 'revoked', usable: false, revokedAt: iso(25) }],
  ])('%d days ago', async (days, wanted) => {
    expect(await state({ at: iso(days) })).toMatchObject(wanted);
  });

  it('before its creation there was none', async () => {
    expect(await state({ at: iso(101) })).toBeUndefined();
  });

  it('as it was known then: what arrived later is left out', async () => {
    const known = await state({ at: iso(10), knownAt: iso(10) });
    expect(known).toMatchObject({
      state: 'active',
      usable: true,
      revokedAt: null,
      requests: { count: 2 },
      description: { name: 'batch', owner: { id: 'ann' } },
    });
    expect(known?.changes.map(({ change }) => change)).toEqual(['created', 'rotated']);
    expect(await state({ at: iso(10) })).toMatchObject({
      state: 'revoked',
      requests: { count: 3 },
    });
    expect(await state({ at: iso(10), knownAt: iso(21) })).toBeUndefined();
  });
});
