import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REPORTS, reportOf, type Report, type Row } from '@keywatch/reports';
import { eventsOf, expected, SAMPLES } from './cloudtrail.js';
import { startDatabase, type Database } from './database.js';

const NOW = Date.UTC(2023, 9, 8, 12);
/** A key of the samples with many callers. */
const BUSY = 'ASIA5FLZVX4OI4ZDQJOL';
// Raw events are kept by arrival: old ones have to arrive now.
const LOG_TIME = Date.now();

describe('reports over the CloudTrail samples', () => {
  let database: Database;
  beforeAll(async () => {
    database = await startDatabase();
    for (const sample of SAMPLES) await database.store(await eventsOf(sample), LOG_TIME);
  }, 120_000);
  afterAll(() => database.stop(), 60_000);

  const ask = async (
    id: string,
    params: Record<string, unknown> = {},
    now = NOW,
  ): Promise<Row[]> => {
    const prepared = known(id).prepare(params, now);
    const rows = await database.runner.query<Row>(prepared.query.sql, prepared.query.params);
    for (const row of rows) {
      const { error } = prepared.row.safeParse(prepared.read(row));
      if (error) throw new Error(`${JSON.stringify(row)}: ${error.message}`);
    }
    return rows.map((row) => prepared.read(row));
  };

  it.each(SAMPLES)('usage of %s is exactly what is expected, key by key', async (sample) => {
    const rows = await ask('usage', { lane: sample });
    const { keys, requests } = expected(sample);
    const found = Object.fromEntries(rows.map((row) => [row['keyId'] as string, measuresOf(row)]));
    const wanted = Object.fromEntries(
      Object.entries(keys).map(([keyId, key]) => [
        keyId,
        { ...key, firstUsed: Date.parse(key.firstUsed), lastUsed: Date.parse(key.lastUsed) },
      ]),
    );
    expect(found).toEqual(wanted);
    expect(rows.reduce((sum, row) => sum + Number(row['requests']), 0)).toBe(requests);
    const counts = rows.map((row) => Number(row['requests']));
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  });

  const HOUR = 3_600_000;
  const START = Date.UTC(2023, 6, 10, 11, 42);
  it.each([
    ['all there is', undefined, undefined],
    ['whole hours', Date.UTC(2023, 6, 10, 12), Date.UTC(2023, 6, 10, 13)],
    ['whole five minutes', Date.UTC(2023, 6, 10, 11, 45), Date.UTC(2023, 6, 10, 12, 20)],
    ['any borders', START + 1_234, START + HOUR - 777],
    ['inside five minutes', START + 1_000, START + 61_000],
    ['no lower border', undefined, START + 61_000],
    ['no upper border', START + 61_000, undefined],
  ])('sums from rollups equal sums from raw events for %s', async (_, from, to) => {
    const range = {
      ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
      ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    };
    for (const groupBy of ['key', 'tenant', 'environment', 'lane', 'owner', 'hour', 'day']) {
      const raw = await ask('usage', { ...range, groupBy });
      const sums = await ask('usage', { ...range, groupBy, distinct: 'false' });
      expect(raw.length).toBeGreaterThan(0);
      expect(sums).toEqual(
        raw.map(({ userAgents: _a, endpoints: _e, sourceAddresses: _s, ...rest }) => rest),
      );
    }
  });

  it('counts a request at `from` and none at `to`', async () => {
    const key = 'ASIA5FLZVX4OI4ZDQJOL';
    const [row] = await ask('usage', { key });
    const { firstUsed, lastUsed, requests } = row as unknown as Record<
      'firstUsed' | 'lastUsed',
      string
    > & { requests: number };
    const [from] = await ask('usage', { key, from: firstUsed });
    expect(from?.['requests']).toBe(requests);
    const [to] = await ask('usage', { key, to: lastUsed });
    expect(to?.['requests']).toBeLessThan(requests);
    await expect(ask('usage', { key, from: firstUsed, to: firstUsed })).resolves.toEqual([]);
  });

  it('pages give every row once, whatever the page size', async () => {
    for (const report of REPORTS) {
      for (const groupBy of Object.keys(report.rows).filter((shape) => !shape.endsWith('-sums'))) {
        const asked = {
          ...('groupBy' in report.params.shape ? { groupBy } : {}),
          ...('subject' in report ? { key: BUSY } : {}),
        };
        const all = await ask(report.id, asked);
        const paged: Row[] = [];
        let cursor: string | undefined;
        do {
          const params = { ...asked, limit: '7', ...(cursor === undefined ? {} : { cursor }) };
          const prepared = report.prepare(params, NOW);
          const rows = await ask(report.id, params);
          paged.push(...rows.slice(0, 7));
          const last = rows[6];
          cursor = rows.length > 7 && last !== undefined ? prepared.cursorAfter(last) : undefined;
        } while (cursor !== undefined);
        expect(paged).toEqual(all);
      }
    }
  }, 60_000);

  it.each(['11:45', '12:00', '12:13', '12:29', '13:30'])(
    'rotation age as of 2023-07-10 %s knows the facts up to then and none after',
    async (time) => {
      const asOf = Date.parse(`2023-07-10T${time}:00Z`);
      const { created, live } = await keysAsOf(asOf);
      const rows = await ask('rotation-age', {
        asOf: new Date(asOf).toISOString(),
        temporary: 'true',
      });
      expect(new Set(rows.map((row) => row['keyId']))).toEqual(live);
      for (const row of rows) {
        const at = created.get(String(row['keyId']));
        expect(row['createdAt']).toBe(at === undefined ? null : new Date(at).toISOString());
        expect(row['atLeast']).toBe(at === undefined);
        const lastUsed = row['lastUsed'] as string | null;
        expect(Date.parse(lastUsed ?? '1970-01-01')).toBeLessThanOrEqual(asOf);
      }
      const since = rows.map((row) => String(row['since']));
      expect(since).toEqual([...since].sort());
    },
  );

  it('rotation age counts whole days from creation, or at least from the first use', async () => {
    const rows = await ask('rotation-age');
    expect(rows.find((row) => row['keyId'] === 'AKIATFQR7NSC8Q4X20BJ')).toMatchObject({
      createdAt: null,
      atLeast: true,
      since: '2023-07-10T11:54:33.000Z',
      lastUsed: '2023-07-10T12:29:09.000Z',
      ageDays: 90,
      limitDays: 90,
      overdueDays: 0,
    });
    const [oldest] = await ask('rotation-age', { temporary: 'true' });
    expect(oldest).toMatchObject({
      since: '2020-09-14T00:44:20.000Z',
      ageDays: 1119,
      overdueDays: 1029,
    });
  });

  it('AWS names of temporary keys are enough to leave them out', async () => {
    const listed = await ask('rotation-age');
    expect(listed.length).toBeGreaterThan(0);
    expect(listed.filter((row) => String(row['keyId']).startsWith('ASIA'))).toEqual([]);
    const all = await ask('rotation-age', { temporary: 'true' });
    expect(all.some((row) => String(row['keyId']).startsWith('ASIA'))).toBe(true);
  });

  it('asked as of now, it says the same from the raw events as from the folds', async () => {
    const asOf = new Date(NOW).toISOString();
    for (const groupBy of ['key', 'owner', 'plan', 'environment']) {
      for (const temporary of ['true', 'false']) {
        const now = await ask('rotation-age', { groupBy, temporary });
        await expect(ask('rotation-age', { groupBy, temporary, asOf })).resolves.toEqual(now);
      }
    }
  });
});

/** The same by hand: which keys of the sample live at a time, and when they were created. */
async function keysAsOf(
  asOf: number,
): Promise<{ created: Map<string, number>; live: Set<string> }> {
  const created = new Map<string, number>();
  const live = new Set<string>();
  const gone = new Set<string>();
  for (const sample of SAMPLES) {
    for (const event of await eventsOf(sample)) {
      const at = Date.parse(event.time ?? '');
      if (at > asOf) continue;
      if (!event.subject.startsWith('unknown:')) live.add(event.subject);
      const { expiresAt } = event.data as { expiresAt?: string };
      if (event.type === 'keywatch.key.created.v1')
        created.set(event.subject, Math.min(at, created.get(event.subject) ?? at));
      if (event.type === 'keywatch.key.revoked.v1') gone.add(event.subject);
      if (expiresAt !== undefined && Date.parse(expiresAt) <= asOf) gone.add(event.subject);
    }
  }
  return { created, live: new Set([...live].filter((keyId) => !gone.has(keyId))) };
}

function known(id: string): Report {
  const report = reportOf(id);
  if (report === undefined) throw new Error(`no report ${id}`);
  return report;
}

function measuresOf(row: Row): Record<string, unknown> {
  const { requests, errors, firstUsed, lastUsed, userAgents, endpoints, sourceAddresses } = row;
  return {
    requests,
    errors,
    firstUsed: Date.parse(String(firstUsed)),
    lastUsed: Date.parse(String(lastUsed)),
    userAgents,
    endpoints,
    sourceAddresses,
  };
}
