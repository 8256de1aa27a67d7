import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createClickHouse,
  ReportRunner,
  verifyDatabase,
  type ClickHouse,
} from '@keywatch/clickhouse';
import { ALL_TOPICS, CONSUMER_GROUPS, TOPICS, type OutgoingMessage } from '@keywatch/events';
import {
  ensureTopics,
  EventProducer,
  Kafka,
  logLevel,
  type Admin,
  type KafkaConfig,
} from '@keywatch/kafka';
import { startEngine, startKafka } from '@keywatch/local-stack';
import { startIngest, type IngestProcess } from './ingest-process.js';

const TOPIC = TOPICS.keyEvents.name;
const STORED = [TOPIC, TOPICS.alertEvents.name, TOPICS.deliveryEvents.name];

/** Where the group stands in one partition, with the metadata of its position. */
export interface GroupPosition {
  readonly topic: string;
  readonly partition: number;
  readonly start: number;
  readonly end: number;
  readonly committed: number | undefined;
  readonly metadata: string;
}

/** Broker and engine, and ingest as often as it is started. */
export interface IngestStack {
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  /** Settings that say where broker and engine are. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Sends messages to the topic of key events (or another); resolves when the broker has them. */
  produce(messages: readonly OutgoingMessage[], topic?: string): Promise<void>;
  ingest(env?: Readonly<Record<string, string>>): IngestProcess;
  positions(): Promise<GroupPosition[]>;
  /** Resolves when all that is in the log is acknowledged. */
  caughtUp(process: IngestProcess): Promise<void>;
  /** Looks again and again until `isSo`; a look that fails counts as no. @throws Error after 40 s */
  eventually(what: string, isSo: () => Promise<boolean>): Promise<void>;
  query<T>(sql: string): Promise<T[]>;
  /** What `keywatch verify` finds wrong. */
  wrong(): Promise<string[]>;
  /** Ends the processes that a failed test has left. */
  endAll(): Promise<void>;
  /** Ends whatever runs. */
  stop(): Promise<void>;
}

const LIMIT_MS = 40_000;
const EVERY_MS = 100;

export async function startIngestStack(): Promise<IngestStack> {
  const folder = mkdtempSync(join(tmpdir(), 'keywatch-ingest-'));
  const log = (): void => undefined;
  const [kafka, engine] = await Promise.all([
    startKafka({ dataDir: folder, docker: 'never', log }),
    startEngine({ dataDir: folder, log }),
  ]);
  const client: KafkaConfig = {
    brokers: [...kafka.brokers],
    clientId: 'ingest-spec',
    logLevel: logLevel.NOTHING,
  };
  const admin = new Kafka(client).admin();
  const producer = new EventProducer(client);
  const clickhouse = createClickHouse(engine);
  await Promise.all([admin.connect(), producer.connect()]);
  await ensureTopics(admin, ALL_TOPICS);
  const started: IngestProcess[] = [];

  async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
    let failure: unknown;
    for (const limit = Date.now() + LIMIT_MS; Date.now() < limit;) {
      try {
        if (await isSo()) return;
      } catch (error) {
        failure = error;
      }
      await delay(EVERY_MS);
    }
    throw new Error(`Not within ${LIMIT_MS / 1000} s: ${what}`, { cause: failure });
  }

  /** A broker that has just started answers for its groups only when it has read their positions. */
  async function groupOffsets(): ReturnType<Admin['fetchOffsets']> {
    let offsets: Awaited<ReturnType<Admin['fetchOffsets']>> = [];
    await eventually('the broker knows the group', async () => {
      offsets = await admin.fetchOffsets({ groupId: CONSUMER_GROUPS.ingest, topics: STORED });
      return true;
    });
    return offsets;
  }

  async function positions(): Promise<GroupPosition[]> {
    const group = await groupOffsets();
    const all: GroupPosition[] = [];
    for (const topic of STORED) {
      const own = group.find((entry) => entry.topic === topic)?.partitions ?? [];
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const found = own.find((entry) => entry.partition === partition);
        const offset = Number(found?.offset ?? -1);
        all.push({
          topic,
          partition,
          start: Number(low),
          end: Number(high),
          committed: offset < 0 ? undefined : offset,
          metadata: found?.metadata ?? '',
        });
      }
    }
    return all;
  }

  async function endAll(): Promise<void> {
    for (const process of started) process.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    started.length = 0;
  }

  const addresses = {
    KEYWATCH_KAFKA_BROKERS: kafka.brokers.join(','),
    KEYWATCH_CLICKHOUSE_URL: engine.url,
    KEYWATCH_CLICKHOUSE_USER: engine.user,
    KEYWATCH_CLICKHOUSE_PASSWORD: engine.password,
  };
  return {
    admin,
    clickhouse,
    addresses,
    positions,
    async produce(messages, topic = TOPIC) {
      for (let at = 0; at < messages.length; at += 1_000) {
        await producer.send(topic, messages.slice(at, at + 1_000));
      }
    },
    ingest(env = {}) {
      const process = startIngest({ ...addresses, ...env });
      started.push(process);
      return process;
    },
    async caughtUp(process) {
      const isDone = (at: GroupPosition): boolean =>
        at.end === at.start || (at.committed === at.end && at.metadata === '');
      const ended = process.ended.then((end) => {
        throw new Error(`ingest ended with ${end}:\n${JSON.stringify(process.lines.slice(-5))}`);
      });
      ended.catch(() => undefined);
      for (const limit = Date.now() + LIMIT_MS; ;) {
        const now = await Promise.race([positions(), ended]);
        if (now.every(isDone)) return;
        if (Date.now() > limit)
          throw new Error(`not caught up: ${JSON.stringify([now, process.lines.slice(-10)])}`);
        await delay(EVERY_MS);
      }
    },
    eventually,
    query: (sql) => new ReportRunner(clickhouse).query(sql),
    async wrong() {
      const findings = await verifyDatabase(clickhouse, {
        topics: {
          keyEvents: TOPIC,
          alertEvents: TOPICS.alertEvents.name,
          deliveryEvents: TOPICS.deliveryEvents.name,
        },
        log: await positions(),
      });
      return findings.filter(({ ok }) => !ok).map((finding) => JSON.stringify(finding));
    },
    endAll,
    async stop() {
      await endAll();
      await Promise.all([admin.disconnect(), producer.close(), clickhouse.close()]);
      await Promise.all([kafka.stop(), engine.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
