import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPORTS, type Row } from '@keywatch/reports';
import { apiOn, doubles, HOST, NOW } from './doubles.js';

const usageRow = (keyId: string, requests = 3): Row => ({
  tenantId: 'acme',
  keyId,
  requests,
  errors: 1,
  denied: 0,
  rateLimited: 0,
  bytesOut: 0,
  latencyMsAvg: null,
  firstUsed: '2026-11-24T10:00:00.000Z',
  lastUsed: '2026-11-24T11:00:00.000Z',
  userAgents: 1,
  endpoints: 1,
  sourceAddresses: 1,
});

const IDS = REPORTS.map(({ id }) => id);

describe('answers of the API', () => {
  let ports: ReturnType<typeof doubles>;
  let app: Awaited<ReturnType<typeof apiOn>>;
  beforeEach(async () => {
    ports = doubles();
    app = await apiOn(ports);
  });
  afterEach(() => app.close());

  const get = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ url, headers: { host: HOST, ...headers } });
  const give = (...rows: Row[]): void => {
    ports.database.result = async function* () {
      await Promise.resolve();
      yield* rows;
    };
  };

  it('a report is one JSON document with its completeness', async () => {
    give(usageRow('a'), usageRow('b', 2));
    const answer = await get('/api/v1/reports/usage?from=2026-11-24');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      report: 'usage',
      params: { from: '2026-11-24T00:00:00.000Z', groupBy: 'key', distinct: true },
      completeness: {
        state: 'complete',
        completeUpTo: new Date(NOW).toISOString(),
        lag: { messages: 0, seconds: 0 },
      },
      rows: [usageRow('a'), usageRow('b', 2)],
      nextCursor: null,
      summary: { rows: 2, requests: 5, errors: 2 },
    });
    expect(answer.json<{ columns: unknown[] }>().columns[0]).toEqual({
      name: 'tenantId',
      title: 'Tenant',
      about: 'Tenant of the key',
      type: 'string',
      nullable: false,
    });
    expect(answer.headers['x-keywatch-completeness']).toBe('complete');
  });

  it('no rows are an answer, too', async () => {
    const answer = await get('/api/v1/reports/rotation-age');
    expect(answer.json()).toMatchObject({ rows: [], nextCursor: null });
    expect(ports.database.asked[0]?.params['asOf']).toBe('2026-11-24 12:00:00.000');
  });

  it('a page ends at the limit and names where the next begins', async () => {
    give(usageRow('a'), usageRow('b'), usageRow('c'));
    const page = (await get('/api/v1/reports/usage?limit=2')).json<{
      rows: Row[];
      nextCursor: string;
    }>();
    expect(page.rows.map((row) => row['keyId'])).toEqual(['a', 'b']);
    expect(ports.database.asked[0]?.params['rows']).toBe(3);
    await get(`/api/v1/reports/usage?limit=2&cursor=${page.nextCursor}`);
    expect(ports.database.asked[1]?.params).toMatchObject({
      after0: 3,
      after1: 'acme',
      after2: 'b',
    });
  });

  it('CSV has the same rows, says its completeness in headers, and holds no formula', async () => {
    give(usageRow('=HYPERLINK("http://x")'), usageRow('+1'), usageRow('a,"b"\n'));
    const answer = await get('/api/v1/reports/usage?format=csv');
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.headers).toMatchObject({
      'x-keywatch-completeness': 'complete',
      'x-keywatch-complete-up-to': new Date(NOW).toISOString(),
      'x-keywatch-lag-messages': '0',
      'x-keywatch-dead-letters': '0',
      'x-keywatch-duplicates': '0',
    });
    const rest = '3,1,0,0,0,,2026-11-24T10:00:00.000Z,2026-11-24T11:00:00.000Z,1,1,1';
    expect(answer.body).toBe(
      [
        'tenantId,keyId,requests,errors,denied,rateLimited,bytesOut,latencyMsAvg,firstUsed,lastUsed,userAgents,endpoints,sourceAddresses',
        `acme,"'=HYPERLINK(""http://x"")",${rest}`,
        `acme,'+1,${rest}`,
        `acme,"a,""b""\n",${rest}`,
        '',
      ].join('\r\n'),
    );
  });

  it('NDJSON is a row a line, up to the limit', async () => {
    give(usageRow('a'), usageRow('b'), usageRow('c'));
    const answer = await get('/api/v1/reports/usage?format=ndjson&limit=2');
    expect(
      answer.body
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Row),
    ).toEqual([usageRow('a'), usageRow('b')]);
  });

  it('lists every problem of the parameters at once', async () => {
    const answer = await get(
      '/api/v1/reports/usage?from=yesterday&groupBy=x&form=2026-01-01&limit=0',
    );
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json<{ problems: string[] }>().problems).toEqual([
      'from must be a time such as 2026-11-24T12:00:00Z, or a date such as 2026-11-24',
      'groupBy must be one of key, tenant, environment, lane, owner, hour, day',
      'limit must be at least 1',
      'form is no parameter of this report',
    ]);
    await expect(get('/api/v1/reports/usage?format=xml')).resolves.toMatchObject({
      statusCode: 400,
    });
    await expect(get('/api/v1/reports/usage?cursor=abc')).resolves.toMatchObject({
      statusCode: 400,
    });
    expect(ports.database.asked).toEqual([]);
  });

  it('names the reports there are where one is asked for that is none', async () => {
    const answer = await get('/api/v1/reports/nothing');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({
      detail: `There is no report of that name; there are ${IDS.join(', ')}.`,
    });
    await expect(get('/api/v2')).resolves.toMatchObject({ statusCode: 404 });
  });

  it('is 503 where the database can not answer, without its inside', async () => {
    ports.database.failure = new Error('connect ECONNREFUSED 10.0.0.1:8123');
    const answer = await get('/api/v1/reports/usage');
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.body).not.toContain('10.0.0.1');
  });

  it('an answer that fails in the middle is cut off, never ended as if it were whole', async () => {
    await app.listen(0, '127.0.0.1');
    ports.database.result = async function* () {
      for (let n = 0; n < 500; n += 1) yield await Promise.resolve(usageRow(`key-${n}`));
      throw new Error('memory limit exceeded');
    };
    const response = await fetch(`${await app.getUrl()}/api/v1/reports/usage`);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it('an asker who goes away ends the query', async () => {
    await app.listen(0, '127.0.0.1');
    const aborted = Promise.withResolvers<undefined>();
    ports.database.result = async function* () {
      ports.database.signal?.addEventListener('abort', () => {
        aborted.resolve(undefined);
      });
      yield usageRow('first');
      await aborted.promise;
    };
    const asker = new AbortController();
    const response = fetch(`${await app.getUrl()}/api/v1/reports/usage`, { signal: asker.signal });
    while (ports.database.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
    asker.abort();
    await expect(response).rejects.toThrow();
    await aborted.promise;
  });

  it('alerts come with their facts as an object, filtered by least severity', async () => {
    give({ alertId: 'x', severity: 'high', facts: '{"environments":["prod"]}' });
    const answer = await get(
      '/api/v1/alerts?severity=high&lane=live&historical=false&since=2026-11-01',
    );
    expect(answer.json()).toMatchObject({ rows: [{ facts: { environments: ['prod'] } }] });
    expect(ports.database.asked[0]?.params).toMatchObject({
      severity: ['high', 'critical'],
      lane: ['live'],
      since: '2026-11-01 00:00:00.000',
    });
  });

  it('lists reports with their parameters and columns', async () => {
    const { reports } = (await get('/api/v1/reports')).json<{
      reports: { id: string; params: { name: string }[]; rows: object }[];
    }>();
    expect(reports.map(({ id }) => id)).toEqual(IDS);
    expect(reports[0]?.params.map(({ name }) => name)).toEqual([
      'from',
      'to',
      'tenant',
      'key',
      'lane',
      'environment',
      'groupBy',
      'distinct',
      'limit',
      'cursor',
      'format',
    ]);
    expect(Object.keys(reports[1]?.rows ?? {})).toEqual(['key', 'owner', 'plan', 'environment']);
  });

  it('describes itself: every route and every answer that it refers to', async () => {
    const document = (await get('/api/v1/openapi.json')).json<{
      paths: object;
      components: { schemas: object };
    }>();
    expect(Object.keys(document.paths)).toEqual([
      '/api/v1/events',
      '/api/v1/reports',
      ...IDS.map((id) => `/api/v1/reports/${id}`),
      '/api/v1/alerts',
      '/api/v1/alerts/{id}',
      ...['acknowledge', 'resolve', 'reopen', 'comment'].map(
        (verb) => `/api/v1/alerts/{id}/${verb}`,
      ),
      '/api/v1/silences',
      '/api/v1/silences/{id}/end',
      '/api/v1/keys/{key}/state',
      '/api/v1/completeness',
      '/health/live',
      '/health/ready',
      '/metrics',
    ]);
    const refs = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(
      (found) => found[1],
    );
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining([...new Set(refs)]),
    );
  });

  describe('health', () => {
    it('is live whatever is away', async () => {
      ports.database.failure = new Error('away');
      ports.logEnds.failure = new Error('away');
      await expect(get('/health/live')).resolves.toMatchObject({ statusCode: 200 });
    });

    it('is ready with Kafka, ClickHouse and its tables; else it says what is missing', async () => {
      await expect(get('/health/ready')).resolves.toMatchObject({ statusCode: 200 });
      ports.logEnds.failure = new Error('no broker answers');
      ports.database.missing = ['ranges'];
      const answer = await get('/health/ready');
      expect(answer.statusCode).toBe(503);
      expect(answer.json()).toEqual({
        status: 'not ready',
        reasons: [
          'Kafka: no broker answers',
          'ClickHouse has no ranges: start ingest, which makes them',
        ],
      });
    });
  });

  describe('completeness', () => {
    const topic = 'keywatch.key-events';
    const stored = {
      partition: 0,
      from: 0,
      to: 90,
      uncovered: 0,
      abandoned: 0,
      lastLogTimeMs: NOW - 60_000,
    };

    it('is behind, up to the log time of the position, while messages are on their way', async () => {
      ports.database.partitions.set(topic, [stored]);
      ports.logEnds.ends.set(topic, [{ partition: 0, low: 0, high: 100 }]);
      const { completeness } = (await get('/api/v1/reports/usage')).json<{
        completeness: object;
      }>();
      expect(completeness).toMatchObject({
        state: 'behind',
        completeUpTo: new Date(NOW - 60_000).toISOString(),
        lag: { messages: 10, seconds: 60 },
        reason: '10 messages have arrived and are not in yet',
      });
    });

    it('is unknown, with the reason, where the brokers can not be asked; the rows come all the same', async () => {
      give(usageRow('a'));
      ports.logEnds.failure = new Error('no broker answers');
      const answer = await get('/api/v1/reports/usage');
      expect(answer.json()).toMatchObject({
        completeness: {
          state: 'unknown',
          completeUpTo: null,
          lag: { messages: null, seconds: null },
          reason: 'Kafka: no broker answers',
        },
        rows: [usageRow('a')],
      });
      const csv = await get('/api/v1/reports/usage?format=csv');
      expect(csv.headers).toMatchObject({
        'x-keywatch-completeness': 'unknown',
        'x-keywatch-reason': 'Kafka: no broker answers',
      });
      expect(csv.headers).not.toHaveProperty('x-keywatch-complete-up-to');
    });

    it('counts over everything and over the range that was asked for', async () => {
      const total = {
        messages: 9,
        events: 5,
        duplicates: 2,
        conflicts: 1,
        deadLetters: 1,
        dropped: 1,
      };
      ports.database.total = total;
      ports.database.inRange = { ...total, messages: 4 };
      const all = (await get('/api/v1/reports/usage')).json<{ completeness: object }>();
      expect(all.completeness).toMatchObject({ total, inRange: total });
      const some = (await get('/api/v1/reports/usage?to=2026-11-24')).json<{
        completeness: object;
      }>();
      expect(some.completeness).toMatchObject({ total, inRange: { ...total, messages: 4 } });
    });

    it('asks brokers and database once a second at most', async () => {
      await Promise.all([get('/api/v1/reports/usage'), get('/api/v1/reports/usage')]);
      expect(ports.logEnds.asked).toBe(1);
      ports.clock.ms += 1_000;
      await get('/api/v1/reports/usage');
      expect(ports.logEnds.asked).toBe(2);
    });

    it('has an address of its own, with partitions', async () => {
      ports.database.partitions.set(topic, [stored]);
      ports.logEnds.ends.set(topic, [{ partition: 0, low: 0, high: 90 }]);
      const answer = await get('/api/v1/completeness');
      expect(answer.json()).toMatchObject({
        keyEvents: {
          state: 'complete',
          partitions: [{ partition: 0, position: 90, end: 90, lag: 0, missing: 0, upToMs: NOW }],
        },
        alertEvents: { state: 'complete' },
      });
    });

    it('says how far detection is behind, and that it does not know where it can not ask', async () => {
      ports.logEnds.ends.set(topic, [
        { partition: 0, low: 10, high: 90 },
        { partition: 1, low: 0, high: 5 },
      ]);
      ports.logEnds.positions.set('keywatch-detect', new Map([[0, 88]]));
      expect((await get('/api/v1/completeness')).json()).toMatchObject({
        detection: {
          state: 'behind',
          lag: 7,
          waitingSince: '2026-11-24T11:59:00.000Z',
          completeUpTo: '2026-11-24T11:58:59.999Z',
          reason: '7 messages wait for detection, the oldest since 2026-11-24T11:59:00.000Z',
        },
      });
      ports.logEnds.failure = new Error('no broker');
      ports.clock.ms += 1_000;
      expect((await get('/api/v1/completeness')).json()).toMatchObject({
        detection: { state: 'unknown', lag: null, reason: 'Kafka: no broker' },
      });
    });

    it('of a list of alerts goes as far as detection has looked, with each sweep beside it', async () => {
      ports.logEnds.ends.set(topic, [{ partition: 0, low: 0, high: 90 }]);
      ports.logEnds.positions.set('keywatch-detect', new Map([[0, 88]]));
      ports.database.swept = [
        { sweep: 'stale-key', asOfMs: NOW - 900_000, roundAtMs: NOW - 2_000, error: '' },
        { sweep: 'unused-key', asOfMs: null, roundAtMs: NOW - 2_000, error: 'too slow' },
      ];
      ports.database.total = { ...ports.database.total, deadLetters: 1 };
      const answer = await get('/api/v1/alerts');
      expect(answer.json()).toMatchObject({
        completeness: {
          state: 'behind',
          completeUpTo: '2026-11-24T11:58:59.999Z',
          lag: { messages: 2, seconds: 60 },
          alerts: {
            detection: { state: 'behind', lag: 2 },
            sweeps: {
              lastRoundAt: '2026-11-24T11:59:58.000Z',
              sweeps: [
                { sweep: 'stale-key', asOf: '2026-11-24T11:45:00.000Z', failure: null },
                { sweep: 'unused-key', asOf: null, failure: 'too slow' },
              ],
            },
            deadLetters: 1,
          },
        },
      });
      expect(answer.headers['x-keywatch-completeness']).toBe('behind');
      const page = await get('/api/v1/reports/alert-history?format=html');
      expect(page.body).toContain('stale-key looked up to');
      expect((await get('/api/v1/reports/usage')).json()).not.toHaveProperty('completeness.alerts');
    });

    it('takes detection that records every few seconds for one in step', async () => {
      ports.logEnds.ends.set(topic, [{ partition: 0, low: 0, high: 90 }]);
      ports.logEnds.positions.set('keywatch-detect', new Map([[0, 88]]));
      ports.logEnds.waitingSinceMs = NOW - 4_000;
      expect((await get('/api/v1/alerts')).json()).toMatchObject({
        completeness: { state: 'complete', completeUpTo: '2026-11-24T11:59:55.999Z' },
      });
    });

    it('of a list of alerts is unknown where nobody can say how far detection has looked', async () => {
      ports.logEnds.failure = new Error('no broker');
      expect((await get('/api/v1/alerts')).json()).toMatchObject({
        completeness: {
          state: 'unknown',
          completeUpTo: null,
          alerts: {
            detection: { state: 'unknown', reason: 'Kafka: no broker' },
            sweeps: { lastRoundAt: null, reason: 'no round of sweeps is recorded' },
          },
        },
      });
    });
  });
});
