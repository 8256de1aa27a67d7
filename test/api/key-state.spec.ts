import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { apiOn, doubles, HOST, NOW } from './doubles.js';

const AT_MS = Date.UTC(2026, 2, 1);

const change = (tenantId: string, what = 'created') => ({
  tenantId,
  type: `keywatch.key.${what}.v1`,
  source: '/spec',
  lane: 'live',
  eventId: 'e-1',
  timeText: new Date(AT_MS).toISOString(),
  atMs: AT_MS,
  receivedMs: AT_MS + 1000,
  data: '{"createdBy":"ben"}',
});

describe('GET /api/v1/keys/:key/state', () => {
  let ports: ReturnType<typeof doubles>;
  let app: Awaited<ReturnType<typeof apiOn>>;
  beforeEach(async () => {
    ports = doubles();
    app = await apiOn(ports);
  });
  afterEach(() => app.close());

  const get = (url: string) => app.inject({ url, headers: { host: HOST } });
  /** Rows for the question about changes; the others find nothing. */
  const changes = (...rows: ReturnType<typeof change>[]): void => {
    ports.database.result = async function* () {
      await Promise.resolve();
      if (ports.database.asked.at(-1)?.sql.includes('time_text') === true) yield* rows;
    };
  };

  it('says what was known of the key then, and how complete that is', async () => {
    changes(change('acme'));
    const answer = await get('/api/v1/keys/key%2F1/state?at=2026-03-02');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      tenantId: 'acme',
      keyId: 'key/1',
      at: '2026-03-02T00:00:00.000Z',
      knownAt: null,
      state: 'active',
      usable: true,
      rotationAge: { days: 1 },
      changes: [{ change: 'created', actor: 'ben', receivedAt: '2026-03-01T00:00:01.000Z' }],
      completeness: { state: 'complete' },
    });
  });

  it('is as of now where no time is given', async () => {
    changes(change('acme'));
    expect((await get('/api/v1/keys/k/state')).json()).toMatchObject({
      at: new Date(NOW).toISOString(),
    });
  });

  it('is 404 where nothing was known', async () => {
    changes();
    const answer = await get('/api/v1/keys/k/state?at=2026-03-02');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({
      detail: 'Nothing was known of a key k at 2026-03-02T00:00:00.000Z.',
    });
  });

  it('asks for the tenant where several have such a key', async () => {
    changes(change('acme'), change('beta'));
    const answer = await get('/api/v1/keys/k/state');
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ detail: string }>().detail).toContain('There are acme, beta.');
  });

  it('names what is wrong with the parameters', async () => {
    const answer = await get('/api/v1/keys/k/state?at=soon');
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain('at must be a time');
    expect(ports.database.asked).toEqual([]);
  });

  it('is 503 where the database is away', async () => {
    ports.database.failure = new Error('gone');
    expect((await get('/api/v1/keys/k/state')).statusCode).toBe(503);
  });
});
