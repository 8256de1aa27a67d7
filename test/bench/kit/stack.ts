import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClickHouse, type ClickHouse } from '@keywatch/clickhouse';
import { ALL_TOPICS } from '@keywatch/events';
import { ensureTopics, Kafka, logLevel, type Admin, type KafkaConfig } from '@keywatch/kafka';
import {
  startClickHouse,
  startKafka,
  type ClickHouseHandle,
  type KafkaHandle,
} from '@keywatch/local-stack';

/** A broker and an engine of the bench's own, in a folder that goes with them. */
export interface BenchStack {
  readonly client: KafkaConfig;
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  readonly engine: ClickHouseHandle;
  /** Broker, engine and the bench itself. */
  readonly pids: readonly (number | undefined)[];
  /** The settings by which an app finds both. */
  readonly connections: Readonly<Record<string, string>>;
  /** The same server, other tables. */
  database(name: string): ClickHouse;
  stop(): Promise<void>;
}

/** Starts both, without Docker: its network would be part of the figures. */
export async function startStack(
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<BenchStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'keywatch-bench-'));
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const options = { dataDir, docker: 'never', log: say, signal } as const;
    const kafka = await startKafka(options);
    undo.push(() => kafka.stop());
    const engine = await startClickHouse(options);
    undo.push(() => engine.stop());
    const client: KafkaConfig = {
      clientId: 'keywatch-bench',
      brokers: [...kafka.brokers],
      logLevel: logLevel.NOTHING,
    };
    const admin = new Kafka(client).admin();
    await admin.connect();
    undo.push(() => admin.disconnect());
    await ensureTopics(admin, ALL_TOPICS);
    const { url, user, password } = engine;
    const database = (name: string): ClickHouse => {
      const made = createClickHouse({ url, user, password, database: name });
      undo.push(() => made.close());
      return made;
    };
    return {
      client,
      admin,
      engine,
      pids: [kafka.pid, engine.pid, process.pid],
      database,
      clickhouse: database('default'),
      connections: connectionsOf(kafka, engine),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function connectionsOf(kafka: KafkaHandle, engine: ClickHouseHandle): Record<string, string> {
  return {
    KEYWATCH_KAFKA_BROKERS: kafka.brokers.join(','),
    KEYWATCH_CLICKHOUSE_URL: engine.url,
    KEYWATCH_CLICKHOUSE_USER: engine.user,
    KEYWATCH_CLICKHOUSE_PASSWORD: engine.password,
  };
}
