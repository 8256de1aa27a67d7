import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { apiOn, doubles, HOST } from './doubles.js';

const event = (id: string, more: object = {}): object => ({
  specversion: '1.0',
  id,
  source: 'urn:test',
  type: 'keywatch.key.request-made.v1',
  subject: 'key-1',
  time: '2026-11-24T12:00:00Z',
  data: { status: 200 },
  ...more,
});

describe('POST /api/v1/events', () => {
  let ports: ReturnType<typeof doubles>;
  let app: Awaited<ReturnType<typeof apiOn>>;
  beforeEach(async () => {
    ports = doubles();
    app = await apiOn(ports);
  });
  afterEach(() => app.close());

  const post = (payload: unknown, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/events',
      headers: { host: HOST, 'content-type': 'application/cloudevents+json', ...headers },
      payload:
        typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload),
    });
  const BATCH = { 'content-type': 'application/cloudevents-batch+json; charset=UTF-8' };

  it('takes one structured event, keyed by its subject', async () => {
    const answer = await post(event('a'));
    expect(answer.statusCode).toBe(202);
    expect(answer.json()).toEqual({
      accepted: 1,
      rejected: 0,
      results: [{ id: 'a', status: 'accepted', reason: null, error: null }],
    });
    const [message] = ports.eventLog.messages;
    expect(message?.key).toBe('key-1');
    expect(JSON.parse(message?.value ?? '')).toEqual(event('a'));
  });

  it('takes an event in binary mode', async () => {
    const answer = await post(
      { status: 200 },
      {
        'content-type': 'application/json',
        'ce-specversion': '1.0',
        'ce-id': 'b',
        'ce-source': 'urn:test',
        'ce-type': 'keywatch.key.request-made.v1',
        'ce-subject': 'key%201',
        'ce-tenantid': 'acme',
      },
    );
    expect(answer.statusCode).toBe(202);
    expect(JSON.parse(ports.eventLog.messages[0]?.value ?? '')).toEqual({
      specversion: '1.0',
      id: 'b',
      source: 'urn:test',
      type: 'keywatch.key.request-made.v1',
      subject: 'key 1',
      tenantid: 'acme',
      data: { status: 200 },
    });
  });

  it.each(['application/cloudevents-batch+json', 'application/json'])(
    'takes a list as %s',
    async (type) => {
      const answer = await post([event('a'), event('b')], { 'content-type': type });
      expect(answer.statusCode).toBe(202);
      expect(answer.json()).toMatchObject({ accepted: 2, rejected: 0 });
      expect(ports.eventLog.messages).toHaveLength(2);
    },
  );

  it('answers for each event of a mixed batch, and appends the good ones only', async () => {
    const answer = await post(
      [
        event('a'),
        event('b', { type: 'other' }),
        { id: 'c' },
        7,
        event('e', { data: { status: 'x' } }),
      ],
      BATCH,
    );
    expect(answer.statusCode).toBe(202);
    const { accepted, rejected, results } = answer.json<{
      accepted: number;
      rejected: number;
      results: unknown[];
    }>();
    expect([accepted, rejected]).toEqual([1, 4]);
    expect(results).toEqual([
      { id: 'a', status: 'accepted', reason: null, error: null },
      expect.objectContaining({ id: 'b', status: 'rejected', reason: 'unknown-type' }),
      expect.objectContaining({ id: 'c', status: 'rejected', reason: 'not-a-cloudevent' }),
      expect.objectContaining({ id: null, status: 'rejected', reason: 'not-a-cloudevent' }),
      expect.objectContaining({
        id: 'e',
        status: 'rejected',
        reason: 'invalid-data',
        error: 'data/status must be integer',
      }),
    ]);
    expect(
      ports.eventLog.messages.map(({ value }) => (JSON.parse(value) as { id: string }).id),
    ).toEqual(['a']);
  });

  it('rejects an event that holds a secret, and never repeats the secret', async () => {
    const secret = `ghp_${'a'.repeat(36)}`;
    const answer = await post(event('a', { data: { userAgent: secret } }));
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ results: [{ reason: 'secret-in-payload' }] });
    expect(answer.body).not.toContain(secret);
    expect(ports.eventLog.messages).toEqual([]);
  });

  it('is 400 with every answer where all events are rejected', async () => {
    const answer = await post([event('a', { subject: '' }), {}], BATCH);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.json()).toMatchObject({
      status: 400,
      accepted: 0,
      rejected: 2,
      results: [{ id: 'a' }, { id: null }],
    });
  });

  it.each([
    ['no JSON', '{', 400, {}],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, {}],
    ['an empty body', '', 400, {}],
    ['an empty list', '[]', 400, BATCH],
    ['a batch that is no list', '{}', 400, BATCH],
    ['a list as one event', '[]', 400, {}],
    [
      'plain text, which a page of another site may send unasked',
      'x',
      415,
      { 'content-type': 'text/plain' },
    ],
  ])('refuses %s', async (_, payload, status, headers) => {
    const answer = await post(payload, headers);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ status, detail: expect.stringMatching(/\w/) });
  });

  it('takes 1,000 events at a time and refuses 1,001', async () => {
    const list = Array.from({ length: 1001 }, (_, n) => event(String(n)));
    await expect(post(list, BATCH)).resolves.toMatchObject({ statusCode: 413 });
    expect(ports.eventLog.messages).toEqual([]);
    await expect(post(list.slice(1), BATCH)).resolves.toMatchObject({ statusCode: 202 });
    expect(ports.eventLog.messages).toHaveLength(1000);
  });

  it('refuses a body beyond 5 MB', async () => {
    const answer = await post(`"${'x'.repeat(5_000_000)}"`);
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ detail: expect.stringContaining('5 MB') });
  });

  it('is 503 with Retry-After where Kafka has not acknowledged, and claims nothing accepted', async () => {
    ports.eventLog.away = true;
    const answer = await post([event('a'), {}], BATCH);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
    expect(answer.json()).toMatchObject({
      detail: expect.stringContaining('send all again with the same ids'),
    });
    expect(answer.body).not.toContain('"accepted"');
  });

  it('answers only after the acknowledgement, and is 429 while too many are under way', async () => {
    await app.close();
    app = await apiOn(ports, { limits: { posts: 1 } });
    const held = Promise.withResolvers<undefined>();
    ports.eventLog.hold = held.promise;
    let answered = false;
    const first = post(event('a')).then((answer) => {
      answered = true;
      return answer;
    });
    const second = await post(event('b'));
    expect(second.statusCode).toBe(429);
    expect(second.headers['retry-after']).toBe('1');
    expect(answered).toBe(false);
    held.resolve(undefined);
    await expect(first).resolves.toMatchObject({ statusCode: 202 });
    await expect(post(event('c'))).resolves.toMatchObject({ statusCode: 202 });
  });

  it('counts without naming keys or tenants', async () => {
    await post([event('a', { tenantid: 'acme' }), {}], BATCH);
    const { body } = await app.inject({ url: '/metrics', headers: { host: HOST } });
    expect(body).toContain('keywatch_events_accepted_total{app="api"} 1');
    expect(body).toContain('keywatch_events_rejected_total{reason="not-a-cloudevent",app="api"} 1');
    expect(body).toMatch(
      /keywatch_http_requests_total\{route="\/api\/v1\/events",method="POST",status="202",app="api"\} 1/,
    );
    expect(body).not.toMatch(/acme|key-1/);
  });
});
