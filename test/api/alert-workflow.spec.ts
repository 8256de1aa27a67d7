import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeAlertLogEvent } from '@keywatch/events';
import { anAlert } from '@keywatch/testing';
import { apiOn, doubles, HOST, NOW } from './doubles.js';

const AT = new Date(NOW).toISOString();
const ID = 'a'.repeat(32);
const SILENCE_ID = 'e'.repeat(32);
const OTHER = `a${'b'.repeat(31)}`;
type Row = Record<string, unknown>;

const alertRow = (over: Row = {}): Row => {
  const { rule, fingerprint, severity, tenantId, lane, keyId } = anAlert();
  return {
    alertId: ID,
    fingerprint,
    rule,
    severity,
    tenantId,
    lane,
    keyId,
    facts: '{"ageDays":95}',
    query: 'SELECT 1',
    status: 'open',
    acknowledgedBy: '',
    acknowledgedAt: null,
    resolvedBy: '',
    resolvedAt: null,
    silencedBy: '',
    ...over,
  };
};
const silenceRow = (over: Row = {}): Row => ({
  silenceId: SILENCE_ID,
  status: 'active',
  by: 'ann',
  createdAt: AT,
  endsAt: AT,
  ...over,
});

let ports: ReturnType<typeof doubles>;
let app: Awaited<ReturnType<typeof apiOn>>;
/** Rows by the table or view that is asked. */
let stored: Record<string, Row[]>;
beforeEach(async () => {
  ports = doubles();
  stored = { alerts: [alertRow()] };
  ports.database.result = async function* () {
    await Promise.resolve();
    const from = /FROM \{\{database\}\}\.(\w+)/.exec(ports.database.asked.at(-1)?.sql ?? '')?.[1];
    yield* stored[from ?? ''] ?? [];
  };
  app = await apiOn(ports);
});
afterEach(() => app.close());

const get = (url: string) => app.inject({ url, headers: { host: HOST } });
const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url,
    headers: { host: HOST, 'content-type': 'application/json', ...headers },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
const deed = { by: 'ann', why: 'known' };
/** What was written, as a reader of the log sees it. */
const written = () =>
  ports.eventLog.messages.map(({ value }) => {
    const decoded = decodeAlertLogEvent({ value: Buffer.from(value) });
    return decoded.kind === 'ok' ? decoded.event : decoded;
  });

describe('GET /api/v1/alerts/:id', () => {
  it('has the alert, its story, and how to make it stop', async () => {
    stored = {
      alerts: [alertRow({ silencedBy: SILENCE_ID })],
      alert_events: [{ eventId: 'a:1', sentence: 'old' }],
      alert_actions: [{ id: 'x', action: 'commented', by: 'ann' }],
      deliveries: [{ channel: 'mail', outcome: 'sent' }],
      silences: [silenceRow()],
    };
    const answer = await get('/api/v1/alerts/aaaa');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      alert: { alertId: ID, facts: { ageDays: 95 }, query: 'SELECT 1' },
      shortId: 'aaaaaaaa',
      runbook: 'docs/runbooks/stale-key.md',
      exception: expect.stringContaining('- {rule: stale-key, key: key_42, tenant: acme'),
      tellings: [{ eventId: 'a:1', sentence: 'old' }],
      actions: [{ action: 'commented', by: 'ann' }],
      deliveries: [{ channel: 'mail' }],
      silences: [{ silenceId: SILENCE_ID }],
      completeness: { state: 'complete' },
    });
    expect(ports.database.asked[0]?.params).toEqual({ id: 'aaaa' });
  });

  it('shows no deed that its status does not know of', async () => {
    const rows = ports.database.result.bind(ports.database);
    stored['alert_actions'] = [{ id: 'x', action: 'resolved', by: 'ann' }];
    ports.database.result = async function* () {
      const { sql } = ports.database.asked.at(-1) ?? { sql: '' };
      yield* rows();
      // It is stored just after the alert was found.
      if (sql.includes('.alerts\n')) stored['alerts'] = [alertRow({ status: 'resolved' })];
    };
    expect((await get('/api/v1/alerts/aaaa')).json()).toMatchObject({
      alert: { status: 'resolved' },
      actions: [{ action: 'resolved' }],
    });
  });

  it('is 404 where there is none, and says what to do', async () => {
    stored = {};
    const answer = await get(`/api/v1/alerts/${ID}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json<{ detail: string }>().detail).toContain('GET /api/v1/alerts list them');
  });

  it('is 400 where several begin so, and names them', async () => {
    stored = { alerts: [alertRow(), alertRow({ alertId: OTHER })] };
    const answer = await get('/api/v1/alerts/aaaa');
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({
      detail: `Several alerts begin with aaaa: ${ID}, ${OTHER}. Give more of the id.`,
      alerts: [ID, OTHER],
    });
  });

  it.each(['aaa', 'zzzz', 'a'.repeat(33)])('asks nothing for %s, which is no id', async (id) => {
    expect((await get(`/api/v1/alerts/${id}`)).statusCode).toBe(400);
    expect(ports.database.asked).toEqual([]);
  });

  it('is 503 where the database is away', async () => {
    ports.database.failure = new Error('gone');
    expect((await get('/api/v1/alerts/aaaa')).statusCode).toBe(503);
  });
});

describe('POST /api/v1/alerts/:id/...', () => {
  it.each([
    ['acknowledge', 'acknowledged', 'open'],
    ['resolve', 'resolved', 'acknowledged'],
    ['reopen', 'reopened', 'resolved'],
    ['comment', 'commented', 'resolved'],
  ])('%s puts who, when and why behind the tellings of the alert', async (verb, action, status) => {
    stored = { alerts: [alertRow({ status })] };
    const answer = await post(`/api/v1/alerts/aaaa/${verb}`, { ...deed, id: 'mine' });
    expect(answer.statusCode).toBe(202);
    const eventId = `${action}:${ID}:mine`;
    expect(answer.json()).toMatchObject({
      alertId: ID,
      action,
      recorded: true,
      eventId,
      at: AT,
    });
    expect(ports.eventLog.topics).toEqual(['alertEvents']);
    expect(ports.eventLog.messages[0]?.key).toBe(anAlert().fingerprint);
    const { alertId, ...reference } = anAlert();
    expect(written()).toMatchObject([
      {
        kind: 'action',
        event: {
          id: eventId,
          source: 'api',
          action,
          data: {
            alertId,
            fingerprint: reference.fingerprint,
            severity: 'medium',
            by: 'ann',
            why: 'known',
            at: AT,
          },
        },
      },
    ]);
  });

  it('gives each deed an id where the asker has none', async () => {
    await post(`/api/v1/alerts/${ID}/comment`, deed);
    await post(`/api/v1/alerts/${ID}/comment`, deed);
    const [one, two] = ports.eventLog.messages.map(
      ({ value }) => (JSON.parse(value) as { id: string }).id,
    );
    expect(one).not.toBe(two);
  });

  it.each([
    ['acknowledge', { status: 'acknowledged', acknowledgedBy: 'ben', acknowledgedAt: AT }, 'ben'],
    ['resolve', { status: 'resolved', resolvedBy: 'ben', resolvedAt: AT }, 'ben'],
    ['acknowledge', { status: 'resolved', resolvedBy: 'ben', resolvedAt: AT }, 'reopen it first'],
    ['reopen', { status: 'open' }, 'The alert is open already.'],
  ])('%s where that would change nothing says so and records nothing', async (verb, row, words) => {
    stored = { alerts: [alertRow(row)] };
    const answer = await post(`/api/v1/alerts/aaaa/${verb}`, deed);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      recorded: false,
      detail: expect.stringContaining(words),
    });
    expect(ports.eventLog.messages).toEqual([]);
  });

  it('the same id again is told as that, and not written again', async () => {
    stored['alert_actions'] = [{ id: `commented:${ID}:mine`, by: 'ben', at: AT }];
    const answer = await post(`/api/v1/alerts/aaaa/comment`, { ...deed, id: 'mine' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      recorded: false,
      at: AT,
      detail: expect.stringContaining('recorded before: commented by ben'),
    });
    expect(ports.eventLog.messages).toEqual([]);
  });

  it('names every problem of the body', async () => {
    const answer = await post('/api/v1/alerts/aaaa/resolve', { why: '', id: 'a b', extra: 1 });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ problems: string[] }>().problems).toEqual([
      'by is missing',
      'why is empty',
      'id must be 1 to 64 letters, digits or . : _ -',
      'extra is not known here',
    ]);
    expect(ports.database.asked).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'by=ann'],
    ['no object', '[]'],
    ['what looks like a secret', { by: 'ann', why: `it is ghp_${'x1'.repeat(18)}` }],
    ['too long a reason', { by: 'ann', why: 'x'.repeat(2001) }],
  ])('refuses a body that holds %s', async (_, body) => {
    const answer = await post('/api/v1/alerts/aaaa/resolve', body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ detail: string }>().detail).not.toBe('');
    expect(ports.eventLog.messages).toEqual([]);
  });

  it('is 404 for an alert that is not there', async () => {
    stored = {};
    expect((await post('/api/v1/alerts/aaaa/resolve', deed)).statusCode).toBe(404);
  });

  it('is 503 and recorded nowhere where the log does not acknowledge', async () => {
    ports.eventLog.away = true;
    const answer = await post('/api/v1/alerts/aaaa/resolve', deed);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
  });

  it('answers only when the log has acknowledged', async () => {
    let acknowledge: () => void = () => undefined;
    ports.eventLog.hold = new Promise((done) => (acknowledge = done));
    let answered = false;
    const asking = post('/api/v1/alerts/aaaa/resolve', deed).then((answer) => {
      answered = true;
      return answer;
    });
    while (ports.database.asked.length === 0) await new Promise(setImmediate);
    for (let n = 0; n < 20; n++) await new Promise(setImmediate);
    expect(answered).toBe(false);
    acknowledge();
    expect((await asking).statusCode).toBe(202);
  });

  it.each([
    [403, { host: 'evil.example' }],
    [403, { origin: 'https://evil.example' }],
    [415, { 'content-type': 'text/plain' }],
  ])('is %d as any other post with %j', async (status, headers) => {
    expect((await post('/api/v1/alerts/aaaa/resolve', deed, headers)).statusCode).toBe(status);
    expect((await post('/api/v1/silences', deed, headers)).statusCode).toBe(status);
  });

  it('asks for the token where one is set', async () => {
    const guarded = await apiOn(ports, { token: 'a-token-that-is-long-enough' });
    const answer = await guarded.inject({
      method: 'POST',
      url: '/api/v1/alerts/aaaa/resolve',
      headers: { host: HOST, 'content-type': 'application/json' },
      payload: JSON.stringify(deed),
    });
    await guarded.close();
    expect(answer.statusCode).toBe(401);
  });
});

describe('silences', () => {
  const endsAt = new Date(NOW + 3_600_000).toISOString();
  const asked = { matchers: { rule: 'stale-key' }, endsAt, ...deed };

  it('are listed; those that are over only where asked for', async () => {
    stored = { silences: [silenceRow()] };
    expect((await get('/api/v1/silences')).json()).toMatchObject({
      silences: [{ silenceId: SILENCE_ID }],
      completeness: { state: 'complete' },
    });
    expect(ports.database.asked.at(-1)?.sql).toContain("status != 'over'");
    await get('/api/v1/silences?all=true');
    expect(ports.database.asked.at(-1)?.sql).not.toContain("status != 'over'");
    expect((await get('/api/v1/silences?all=maybe')).statusCode).toBe(400);
  });

  it('hold from now where no start is given', async () => {
    const answer = await post('/api/v1/silences', asked);
    expect(answer.statusCode).toBe(202);
    const { silenceId } = answer.json<{ silenceId: string }>();
    expect(ports.eventLog.topics).toEqual(['alertEvents']);
    expect(written()).toEqual([
      {
        kind: 'silence',
        event: {
          id: `created:${silenceId}`,
          source: 'api',
          kind: 'created',
          data: {
            silenceId,
            matchers: { rule: 'stale-key' },
            startsAt: AT,
            endsAt,
            at: AT,
            ...deed,
          },
        },
      },
    ]);
  });

  it('asked for twice with one id are one', async () => {
    const ids = [];
    for (const _ of [1, 2]) {
      const answer = await post('/api/v1/silences', { ...asked, id: 'mine' });
      ids.push(answer.json<{ silenceId: string }>().silenceId);
      stored = { silences: [silenceRow({ silenceId: ids[0] })] };
    }
    expect(ids[0]).toBe(ids[1]);
    expect(ports.eventLog.messages).toHaveLength(1);
  });

  it.each([
    [{ matchers: {} }, 'a silence names a rule, tenant, key, lane or owner'],
    [{ matchers: { severityAtMost: 'low' } }, 'a silence names a rule'],
    [{ matchers: { colour: 'red' } }, 'colour is not known here'],
    [{ endsAt: '2026-11-24T11:00:00Z', startsAt: '2026-11-24T10:00:00Z' }, 'in the past'],
    [{ endsAt: '2027-11-24T11:00:00Z' }, '90 days at most'],
    [{ endsAt: 'tomorrow' }, 'endsAt must be a time such as'],
    [{ by: undefined }, 'by is missing'],
  ])('with %j are refused', async (over, words) => {
    const answer = await post('/api/v1/silences', { ...asked, ...over });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ problems: string[] }>().problems.join()).toContain(words);
    expect(ports.eventLog.messages).toEqual([]);
  });

  it('are ended once, by the beginning of their id', async () => {
    stored = { silences: [silenceRow()] };
    expect((await post('/api/v1/silences/eeee/end', deed)).statusCode).toBe(202);
    expect(written()).toEqual([
      {
        kind: 'silence',
        event: {
          id: `ended:${SILENCE_ID}`,
          source: 'api',
          kind: 'ended',
          data: { silenceId: SILENCE_ID, at: AT, ...deed },
        },
      },
    ]);
    stored = { silences: [silenceRow({ status: 'over' })] };
    const again = await post('/api/v1/silences/eeee/end', deed);
    expect(again.statusCode).toBe(200);
    expect(again.json()).toMatchObject({ recorded: false });
    expect(ports.eventLog.messages).toHaveLength(1);
  });

  it.each([
    [404, []],
    [400, [silenceRow(), silenceRow({ silenceId: `eeee${'0'.repeat(28)}` })]],
  ])('that are not one are %d', async (status, silences) => {
    stored = { silences };
    expect((await post('/api/v1/silences/eeee/end', deed)).statusCode).toBe(status);
  });
});
