import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALL_TOPICS, encodeKeyEvent, type OutgoingKeyEvent } from '@keywatch/events';
import { ensureTopics, Kafka, logLevel } from '@keywatch/kafka';
import { startKafka, type KafkaHandle } from '@keywatch/local-stack';
import { startDatabase, type Database } from './database.js';

const MAIN = fileURLToPath(new URL('../../apps/api/dist/main.js', import.meta.url));

interface Api {
  readonly url: string;
  readonly process: ChildProcess;
  readonly lines: string[];
}

const event = (id: string): OutgoingKeyEvent<'keywatch.key.request-made.v1'> => ({
  id,
  source: 'urn:test',
  type: 'keywatch.key.request-made.v1',
  subject: 'key-1',
  time: new Date().toISOString(),
  data: { status: 200, environment: 'production' },
});

describe('the API as a process', () => {
  let folder: string;
  let kafka: KafkaHandle;
  let database: Database;
  let api: Api;

  beforeAll(async () => {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm run build`);
    folder = mkdtempSync(join(tmpdir(), 'keywatch-api-process-'));
    kafka = await startKafka({ dataDir: folder, docker: 'never', log: () => undefined });
    database = await startDatabase();
    const client = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING });
    const admin = client.admin();
    await admin.connect();
    await ensureTopics(
      admin,
      ALL_TOPICS.map((topic) => ({ ...topic, partitions: 1 })),
    );
    await admin.disconnect();
    api = await startApi();
  }, 180_000);
  afterAll(async () => {
    api.process.kill('SIGKILL');
    await Promise.all([kafka.stop(), database.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function startApi(): Promise<Api> {
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        KEYWATCH_KAFKA_BROKERS: kafka.brokers.join(','),
        KEYWATCH_CLICKHOUSE_URL: database.url,
        KEYWATCH_CLICKHOUSE_USER: database.user,
        KEYWATCH_CLICKHOUSE_PASSWORD: database.password,
        KEYWATCH_API_PORT: '0',
      },
    });
    const lines: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          lines.push(line);
          const found = /"url":"([^"]+)"/.exec(line)?.[1];
          if (found !== undefined) resolve(found);
        });
      }
      child.once('exit', (code) => {
        reject(new Error(`the API ended with ${String(code)}:\n${lines.join('\n')}`));
      });
    });
    return { url, process: child, lines };
  }

  const post = (events: readonly OutgoingKeyEvent[]): Promise<Response> =>
    fetch(`${api.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: `[${events.map((one) => encodeKeyEvent(one).value).join(',')}]`,
    });
  const get = async (path: string): Promise<{ status: number; body: Record<string, unknown> }> => {
    const response = await fetch(`${api.url}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  /** The completeness of a report, once it is what is waited for; at most a second is cached. */
  const completeness = async (state: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const { body } = await get('/api/v1/reports/usage');
      const found = body['completeness'] as Record<string, unknown>;
      if (found['state'] === state) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  it('is ready, takes events in, and says what has arrived and is not in yet', async () => {
    await expect(get('/health/ready')).resolves.toEqual({
      status: 200,
      body: { status: 'ready', reasons: [] },
    });
    const answer = await post([event('a'), event('b')]);
    expect(answer.status).toBe(202);
    await expect(answer.json()).resolves.toMatchObject({ accepted: 2, rejected: 0 });
    await expect(completeness('behind')).resolves.toMatchObject({
      completeUpTo: null,
      lag: { messages: 2 },
    });
  }, 30_000);

  it('is complete when the database has reached the end of the log', async () => {
    const before = Date.now();
    await database.store([event('a'), event('b')], before);
    const found = await completeness('complete');
    expect(found).toMatchObject({
      lag: { messages: 0, seconds: 0 },
      total: { messages: 2, events: 2, deadLetters: 0 },
    });
    expect(Date.parse(String(found['completeUpTo']))).toBeGreaterThanOrEqual(before);
    const { body } = await get('/api/v1/reports/usage');
    expect(body['rows']).toEqual([
      expect.objectContaining({ tenantId: 'default', keyId: 'key-1', requests: 2 }),
    ]);
  }, 30_000);

  it('reads alerts, of which there are none, and says that nobody has looked yet', async () => {
    // The first question about a group makes the broker set up where it keeps positions: until then it is unknown.
    for (;;) {
      const { status, body } = await get('/api/v1/alerts?severity=high');
      expect({ status, rows: body['rows'] }).toEqual({ status: 200, rows: [] });
      const { state, alerts } = body['completeness'] as {
        state: string;
        alerts: { detection: { lag: number | null } };
      };
      if (state === 'unknown') continue;
      expect(alerts.detection.lag).toBe(2);
      return;
    }
  }, 30_000);

  it('takes a batch of 5 MB for one key, more than a broker takes at once', async () => {
    const large = { status: 200, userAgent: 'x'.repeat(4_000) };
    const events = Array.from({ length: 1000 }, (_, n) => ({
      ...event(`large-${n}`),
      data: large,
    }));
    const answer = await post(events);
    expect(answer.status).toBe(202);
    await expect(answer.json()).resolves.toMatchObject({ accepted: 1000, rejected: 0 });
    await expect(completeness('behind')).resolves.toMatchObject({ lag: { messages: 1000 } });
  }, 30_000);

  it('takes nothing in and says so while Kafka is away; reports come, their completeness unknown', async () => {
    await kafka.stop();
    const answer = await post([event('c')]);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('5');
    await expect(completeness('unknown')).resolves.toMatchObject({
      completeUpTo: null,
      reason: expect.stringMatching(/^Kafka: /),
    });
    const { status, body } = await get('/health/ready');
    expect(status).toBe(503);
    expect(body['reasons']).toEqual([expect.stringMatching(/^Kafka: /)]);
  }, 60_000);

  it('does not start where others could reach it without a token, and says what to set', async () => {
    const child = spawn(process.execPath, [MAIN], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        KEYWATCH_KAFKA_BROKERS: '127.0.0.1:1',
        KEYWATCH_CLICKHOUSE_URL: 'http://127.0.0.1:1',
        KEYWATCH_HTTP_HOST: '0.0.0.0',
      },
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await expect(once(child, 'close')).resolves.toEqual([1, null]);
    expect(said).toMatch(/^api: Settings are wrong:\n.*set KEYWATCH_API_TOKEN.*\n$/);
  }, 30_000);

  it('ends with exit code 0 on SIGTERM', async () => {
    const ended = once(api.process, 'exit');
    api.process.kill('SIGTERM');
    await expect(ended).resolves.toEqual([0, null]);
  }, 30_000);
});
