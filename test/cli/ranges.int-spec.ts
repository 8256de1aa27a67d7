import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ALL_TOPICS,
  CONSUMER_GROUPS,
  encodeKeyEvent,
  TOPICS,
  type OutgoingMessage,
} from '@keywatch/events';
import { ensureTopics } from '@keywatch/kafka';
import type { IngestProcess } from '../ingest/ingest-process.js';
import { startIngestStack, type IngestStack } from '../ingest/ingest-stack.js';
import { runCommand, type Ran } from './run-command.js';

const TOPIC = TOPICS.keyEvents.name;
const LIMIT_MS = 180_000;
/** Between two looks: a broker that is asked without pause does nothing else. */
const LOOK_MS = 50;

let stack: IngestStack;
let empty: string;

beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'keywatch-ranges-'));
  stack = await startIngestStack();
}, LIMIT_MS);

afterEach(() => stack.endAll(), 30_000);

afterAll(async () => {
  await stack.stop();
  await rm(empty, { recursive: true, force: true });
}, 60_000);

const keywatch = (...argv: string[]): Promise<Ran> =>
  runCommand([...argv, '--data', empty], stack.addresses);

/** Events of one key, so that all are in one partition. */
function events(prefix: string, count: number): OutgoingMessage[] {
  return Array.from({ length: count }, (_, n) =>
    encodeKeyEvent({
      id: `${prefix}-${n}`,
      source: 'urn:test',
      type: 'keywatch.key.request-made.v1',
      subject: 'key-1',
      time: new Date().toISOString(),
      data: { status: 200 },
    }),
  );
}

async function stored(prefix: string): Promise<number> {
  const [row] = await stack.query<{ n: number }>(
    `SELECT count() AS n FROM {{database}}.key_events WHERE startsWith(event_id, '${prefix}-')`,
  );
  return row?.n ?? 0;
}

async function ingestAll(): Promise<void> {
  const process = stack.ingest();
  await stack.caughtUp(process);
  await stop(process);
}

async function stop(process: IngestProcess): Promise<void> {
  process.kill('SIGTERM');
  expect(await process.ended).toBe(0);
}

/** Starts ingest, which must refuse, and gives the command that it names. */
async function commandNamed(): Promise<string[]> {
  const process = stack.ingest();
  expect(await process.ended).not.toBe(0);
  const said = process.lines
    .map(({ msg, ...facts }) => `${msg} ${JSON.stringify(facts)}`)
    .join('\n');
  const command = /`keywatch (topics adopt [^`]*) --note WHY`/.exec(said)?.[1];
  if (command === undefined) throw new Error(`ingest named no command:\n${said}`);
  return [...command.split(' '), '--note', 'a test'];
}

async function recreateTopic(): Promise<void> {
  await stack.admin.deleteTopics({ topics: [TOPIC] });
  // The broker answers before it has put the old one away.
  for (;;) {
    const topics = await stack.admin.listTopics();
    if (!topics.includes(TOPIC)) break;
    await delay(LOOK_MS);
  }
  await ensureTopics(stack.admin, ALL_TOPICS);
  // Nor does it have the new one at once.
  for (let hosted = false; !hosted;) {
    hosted = await stack.admin.fetchTopicOffsets(TOPIC).then(
      () => true,
      () => false,
    );
    if (!hosted) await delay(LOOK_MS);
  }
}

async function untilJoined(): Promise<void> {
  for (;;) {
    const { groups } = await stack.admin.describeGroups([CONSUMER_GROUPS.ingest]);
    if (groups.some(({ members }) => members.length > 0)) return;
    await delay(LOOK_MS);
  }
}

describe('a log whose retention has overtaken ingest', () => {
  it(
    'goes on behind the loss once it is given up, with the numbers that verify gives',
    async () => {
      await stack.produce(events('before', 10));
      await ingestAll();
      await stack.produce(events('lost', 5));
      await stack.produce(events('after', 3));
      const busy = (await stack.positions()).find(({ topic, end }) => topic === TOPIC && end > 0);
      const { partition = -1 } = busy ?? {};
      await stack.admin.deleteTopicRecords({
        topic: TOPIC,
        partitions: [{ partition, offset: '15' }],
      });
      const verified = await keywatch('verify');
      expect(verified.code).toBe(1);
      expect(verified.out).toContain(
        `${TOPIC}/${partition}: the log begins at 15, stored up to 10`,
      );
      expect(verified.out).toContain('keywatch ranges abandon');
      const command = ['ranges', 'abandon', TOPIC, String(partition), '10', '15', '--note', 'x'];

      const overlap = await keywatch(...command.with(4, '9'));
      expect(overlap).toMatchObject({ code: 2, out: '' });
      expect(overlap.err).toContain('is stored up to 10');

      const done = await keywatch(...command);
      expect(done.err).toBe('');
      expect(done.out).toContain(`${TOPIC}/${partition}: 5 offsets given up: 10 to 14.`);
      expect(done.out).toContain('Ingest goes on at 15.');

      await ingestAll();
      expect([await stored('before'), await stored('lost'), await stored('after')]).toEqual([
        10, 0, 3,
      ]);
      expect(await stack.wrong()).toEqual([]);
    },
    LIMIT_MS,
  );

  it(
    'is not touched while ingest runs',
    async () => {
      const process = stack.ingest();
      await untilJoined();
      for (const command of [
        ['ranges', 'abandon', TOPIC, '0', '0', '1'],
        ['topics', 'adopt', TOPIC, '--force'],
      ]) {
        const { code, err } = await keywatch(...command, '--note', 'a test');
        expect(err).toContain('Ingest runs: its group keywatch-ingest has a member.');
        expect(code).toBe(2);
      }
      await stop(process);
      expect(await stack.wrong()).toEqual([]);
    },
    LIMIT_MS,
  );
});

describe('a topic that was created anew', () => {
  it(
    'is not adopted where what is stored fits the log',
    async () => {
      const { code, err } = await keywatch('topics', 'adopt', TOPIC, '--note', 'a test');
      expect(err).toContain(`What is stored of ${TOPIC} fits its log.`);
      expect(code).toBe(2);
    },
    LIMIT_MS,
  );

  it.each(['first', 'second'])(
    'is read from its beginning once the command that ingest names is given: the %s time',
    async (time) => {
      const before = await stored('before');
      await recreateTopic();
      await stack.produce(events(time, 4));
      const command = await commandNamed();
      expect(command.slice(0, 3)).toEqual(['topics', 'adopt', TOPIC]);
      const done = await keywatch(...command);
      expect(done.err).toBe('');
      expect(done.out).toMatch(/goes on at 0 of 4; what was stored up to \d+ stays\./);

      await ingestAll();
      expect(await stored(time)).toBe(4);
      expect(await stored('before')).toBe(before);

      // The adoption is remembered: later starts go on where they stopped.
      await stack.produce(events(`${time}-more`, 2));
      await ingestAll();
      expect(await stored(`${time}-more`)).toBe(2);
      expect(await stored(time)).toBe(6);
    },
    LIMIT_MS,
  );
});
