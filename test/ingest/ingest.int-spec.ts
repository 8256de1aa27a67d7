import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  CONSUMER_GROUPS,
  encodeAlertEvent,
  encodeDeliveryEvent,
  encodeKeyEvent,
  TOPICS,
  type OutgoingMessage,
} from '@keywatch/events';
import { ConfigResourceTypes, ensureTopics } from '@keywatch/kafka';
import { anAlertEvent } from '@keywatch/testing';
import { startIngestStack, type IngestStack } from './ingest-stack.js';

const TOPIC: string = TOPICS.keyEvents.name;
const CLI = fileURLToPath(new URL('../../apps/cli/bin/keywatch.js', import.meta.url));

function requests(prefix: string, count: number, keys: number, status = 200): OutgoingMessage[] {
  return Array.from({ length: count }, (_, i) =>
    encodeKeyEvent({
      id: `${prefix}-${i}`,
      source: '/spec',
      type: 'keywatch.key.request-made.v1',
      subject: `key-${i % keys}`,
      time: new Date(Date.UTC(2026, 4, 1) + i * 60_000).toISOString(),
      data: { status, environment: 'production' },
    }),
  );
}

function junk(value: string, key = 'key-0'): OutgoingMessage {
  return { key, value, headers: {} };
}

interface Sums {
  readonly messages: number;
  readonly events: number;
  readonly duplicates: number;
  readonly conflicts: number;
  readonly deadLetters: number;
  readonly dropped: number;
}

describe('ingest, as a process between a real broker and the real engine', () => {
  let stack: IngestStack;
  beforeAll(async () => {
    stack = await startIngestStack();
  }, 120_000);
  afterEach(() => stack.endAll());
  afterAll(() => stack.stop(), 60_000);

  async function sums(topic = TOPIC): Promise<Sums | undefined> {
    const [row] = await stack.query<Sums>(
      `SELECT sum(messages) AS messages, sum(events) AS events, sum(duplicates) AS duplicates, sum(conflicts) AS conflicts,
        sum(dead_letters) AS deadLetters, sum(dropped) AS dropped
      FROM {{database}}.ranges WHERE topic = '${topic}'`,
    );
    return row;
  }
  async function inTheLog(): Promise<number> {
    const own = (await stack.positions()).filter(({ topic }) => topic === TOPIC);
    return own.reduce((sum, { start, end }) => sum + end - start, 0);
  }
  async function stored(): Promise<{ n: number; ids: number } | undefined> {
    const [row] = await stack.query<{ n: number; ids: number }>(
      'SELECT count() AS n, uniqExact(identity) AS ids FROM {{database}}.key_events',
    );
    return row;
  }

  it('stores each message as what it is: event, duplicate, conflict or dead letter', async () => {
    const events = requests('first', 300, 20);
    await stack.produce(events);
    await stack.produce(events.slice(0, 40));
    await stack.produce(requests('first', 5, 20, 500));
    await stack.produce([
      junk('{"broken'),
      junk('"text"'),
      junk('{"specversion":"1.0","id":"x","source":"/spec","type":"other","subject":"key-0"}'),
      junk('{"specversion":"1.0","id":"y","source":"/spec","apiKey":"do-not-keep-this","x":1'),
    ]);
    await stack.produce(
      [
        encodeAlertEvent(anAlertEvent()),
        junk('{"specversion":"1.0","id":"a","source":"b","type":"c"}'),
      ],
      TOPICS.alertEvents.name,
    );
    const delivery = {
      alertId: 'a'.repeat(32),
      severity: 'low' as const,
      rule: 'stale-key',
      tenantId: 'default',
      channel: 'log',
      target: 'stdout',
      attempt: 1,
      outcome: 'sent' as const,
      status: 0,
      error: '',
      at: '2026-05-01T00:00:00.000Z',
    };
    await stack.produce(
      [encodeDeliveryEvent({ id: 'd1', delivery }), encodeDeliveryEvent({ id: 'd1', delivery })],
      TOPICS.deliveryEvents.name,
    );
    const ingest = stack.ingest();
    await stack.caughtUp(ingest);

    expect(await stored()).toEqual({ n: 300, ids: 300 });
    // A producer sends again what a busy broker doesn't answer in time.
    const sentAgain = (await inTheLog()) - 349;
    expect(await sums()).toEqual({
      messages: 349 + sentAgain,
      events: 300,
      duplicates: 45 + sentAgain,
      conflicts: 5,
      deadLetters: 4,
      dropped: 0,
    });
    expect(await sums(TOPICS.alertEvents.name)).toMatchObject({ events: 1, dropped: 1 });
    expect(await sums(TOPICS.deliveryEvents.name)).toMatchObject({ events: 1 });
    expect((await sums(TOPICS.deliveryEvents.name))?.duplicates).toBeGreaterThan(0);
    const letters = await stack.query<{ reason: string; payload: string; logged: number }>(
      `SELECT reason, payload, toUnixTimestamp(log_time) > 0 AS logged FROM {{database}}.dead_letters
      ORDER BY offset`,
    );
    expect(letters.map(({ reason }) => reason)).toEqual([
      'not-json',
      'not-a-cloudevent',
      'unknown-type',
      'not-json',
    ]);
    expect(letters[3]?.payload).toContain('"apiKey":"[redacted]"');
    expect(JSON.stringify(letters)).not.toContain('do-not-keep-this');
    expect(await ingest.metric('keywatch_ingest_events_total')).toBe(302);
    expect(await ingest.metric('keywatch_ingest_dead_letters_total')).toBe(4);
    expect(await ingest.metric('keywatch_ingest_lag_messages')).toBe(0);
    expect((await ingest.get('/health/ready')).status).toBe(200);

    ingest.kill('SIGTERM');
    expect(await ingest.exit()).toBe(0);
    expect(await stack.wrong()).toEqual([]);
  }, 60_000);

  it('recognises after a restart what stood in the log before it', async () => {
    await stack.produce([...requests('first', 100, 20), ...requests('second', 10, 5)]);
    const ingest = stack.ingest();
    await stack.caughtUp(ingest);
    expect(await stored()).toEqual({ n: 310, ids: 310 });
    ingest.kill('SIGTERM');
    expect(await ingest.exit()).toBe(0);
  }, 60_000);

  it('acknowledges what it stores when it is told to end, without waiting for quiet', async () => {
    const ingest = stack.ingest();
    await ingest.line(/^Ingest runs$/);
    await stack.produce(requests('third', 50, 5));
    // Written, and the quiet time of the acknowledgement has just begun.
    await stack.eventually('all 50 are written', async () => {
      return (await ingest.metric('keywatch_ingest_events_total')) >= 50;
    });
    ingest.kill('SIGTERM');
    expect(await ingest.exit()).toBe(0);
    const at = await stack.positions();
    expect(at.filter(({ metadata }) => metadata !== '')).toEqual([]);
    expect(await stack.wrong()).toEqual([]);
  }, 60_000);

  it.each([
    ['announced', 'in the store is nothing', 'written anew'],
    ['inserted', 'in the store is all', 'acknowledged'],
  ])(
    'reads back a range that another row version left %s: %s, so it is %s',
    async (step, found) => {
      const before = await stored();
      await stack.produce(requests(`left-${step}`, 100, 1));
      const killed = stack.ingest({ KEYWATCH_TEST_KILL_AT: `${step}:1` });
      expect(await killed.exit()).toBe('SIGKILL');
      expect((await stack.positions()).filter(({ metadata }) => metadata !== '')).toHaveLength(1);

      // The horizon is part of what rows depend on.
      const ingest = stack.ingest({ KEYWATCH_INGEST_HORIZON_DAYS: '6' });
      await stack.caughtUp(ingest);
      expect(ingest.lines.map(({ why }) => String(why)).join()).toContain(found);
      expect((await stored())?.n).toBe((before?.n ?? 0) + 100);
      expect(await stack.wrong()).toEqual([]);
      ingest.kill('SIGTERM');
      expect(await ingest.exit()).toBe(0);
    },
    90_000,
  );

  it('stops a partition at a flood of dead letters, says so, and stores them when told to', async () => {
    const before = await sums();
    await stack.produce(requests('before-flood', 10, 1));
    await stack.produce(Array.from({ length: 600 }, () => junk('{"broken')));
    await stack.produce(requests('beside-flood', 100, 20));
    const ingest = stack.ingest();
    const said = await ingest.line(/of the last [0-9]+ messages are dead letters/);
    expect(said.level).toBe('error');
    expect(said.msg).toContain('KEYWATCH_INGEST_FLOOD=off');
    const ready = await ingest.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.text).toContain('messages are dead letters');
    expect(await ingest.metric('keywatch_ingest_partitions_held')).toBe(1);
    ingest.kill('SIGTERM');
    expect(await ingest.exit()).toBe(0);
    // Nothing was announced for it, so nothing is in the way of another version.
    expect((await stack.positions()).filter(({ metadata }) => metadata !== '')).toEqual([]);
    expect((await sums())?.deadLetters).toBe(before?.deadLetters);

    const told = stack.ingest({ KEYWATCH_INGEST_FLOOD: 'off' });
    await stack.caughtUp(told);
    expect((await sums())?.deadLetters).toBe((before?.deadLetters ?? 0) + 600);
    expect((await sums())?.events).toBe((before?.events ?? 0) + 110);
    expect((await told.get('/health/ready')).status).toBe(200);
    expect(await stack.wrong()).toEqual([]);
    told.kill('SIGTERM');
    expect(await told.exit()).toBe(0);
  }, 90_000);

  it('goes on from the stored ranges when the broker has forgotten the group', async () => {
    const before = await stored();
    await stack.admin.deleteGroups([CONSUMER_GROUPS.ingest]);
    await stack.produce(requests('after-loss', 100, 20));
    const ingest = stack.ingest();
    await stack.caughtUp(ingest);
    expect(ingest.lines.map(({ why }) => String(why)).join()).toContain(
      "the group's position is lost",
    );
    expect((await stored())?.n).toBe((before?.n ?? 0) + 100);
    expect(await stack.wrong()).toEqual([]);
    ingest.kill('SIGTERM');
    expect(await ingest.exit()).toBe(0);
  }, 60_000);

  it('refuses a topic whose messages carry the time of their producers', async () => {
    await setTimestampType('CreateTime');
    const ingest = stack.ingest();
    expect(await ingest.exit()).toBe(1);
    const last = ingest.lines.at(-1)?.msg ?? '';
    expect(last).toContain(`Messages of ${TOPIC} carry the producers' time`);
    expect(last).toContain('message.timestamp.type=LogAppendTime');
    await setTimestampType('LogAppendTime');
  }, 60_000);

  async function setTimestampType(value: string): Promise<void> {
    await stack.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: TOPIC,
          configEntries: [{ name: 'message.timestamp.type', value }],
        },
      ],
    });
  }

  it('stops at a topic that was created again, and reads it once an operator has said so', async () => {
    await stack.admin.deleteTopics({ topics: [TOPIC] });
    await createAgain();
    await stack.produce(requests('anew', 5, 5));
    const before = await stored();
    const refused = stack.ingest();
    expect(await refused.exit()).toBe(1);
    expect(refused.lines.at(-1)?.msg).toContain(`keywatch topics adopt ${TOPIC} --note WHY`);

    const said = await promisify(execFile)(
      process.execPath,
      [CLI, 'topics', 'adopt', TOPIC, '--note', 'created again by the spec'],
      { env: { PATH: process.env['PATH'], ...stack.addresses } },
    );
    expect(said.stdout).toContain('goes on at 0');
    const ingest = stack.ingest();
    await stack.caughtUp(ingest);
    expect((await stored())?.n).toBe((before?.n ?? 0) + 5);
    ingest.kill('SIGTERM');
    expect(await ingest.exit()).toBe(0);
  }, 90_000);

  /** The broker deletes in the background, and may create before it says so. */
  async function createAgain(): Promise<void> {
    const exists = async (): Promise<boolean> => (await stack.admin.listTopics()).includes(TOPIC);
    await stack.eventually('the topic is gone', async () => !(await exists()));
    await stack.eventually('the topic is there', async () => {
      await ensureTopics(stack.admin, [TOPICS.keyEvents]);
      return exists();
    });
  }
});
