import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine, RULES, type KeyRecord } from '@keywatch/detection';
import {
  decodeAlertEvent,
  decodeKeyEvent,
  TOPICS,
  type AlertEvent,
  type OutgoingMessage,
} from '@keywatch/events';
import {
  ensureTopics,
  EventProducer,
  Kafka,
  logLevel,
  PartitionReader,
  type Admin,
  type KafkaConfig,
} from '@keywatch/kafka';
import { startKafka } from '@keywatch/local-stack';

const GROUP = 'keywatch-detect';
const SOURCE = TOPICS.keyEvents;

/** A broker of its own with detect's topics. */
export interface DetectLog {
  readonly brokers: readonly string[];
  readonly client: KafkaConfig;
  readonly admin: Admin;
  readonly reader: PartitionReader;
  /** Resolves when the broker has them. */
  produce(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Resolves when detect has committed all that is in the log now. */
  caughtUp(limitMs?: number): Promise<void>;
  /** Every telling in the alert topic, in the order of each partition. */
  alerts(): Promise<AlertEvent[]>;
  /** What one run without any disturbance tells: the engine over the whole log, by id. */
  expectedAlerts(): Promise<Map<string, AlertEvent>>;
  /** Kills the broker as kill -9 does and starts it again on its data. */
  restartBroker(): Promise<void>;
  stop(): Promise<void>;
}

export async function startDetectLog(): Promise<DetectLog> {
  const folder = mkdtempSync(join(tmpdir(), 'keywatch-detect-'));
  const start = () => startKafka({ dataDir: folder, docker: 'never', log: () => undefined });
  let kafka = await start();
  const client: KafkaConfig = {
    brokers: [...kafka.brokers],
    clientId: 'detect-spec',
    logLevel: logLevel.NOTHING,
  };
  const admin = new Kafka(client).admin();
  const reader = new PartitionReader(client);
  const producer = new EventProducer(client);
  await Promise.all([admin.connect(), producer.connect()]);
  await ensureTopics(admin, [SOURCE, TOPICS.alertEvents]);

  const read = async (
    topic: string,
    partitions: number,
    each: (m: LogRecord, p: number) => void,
  ) => {
    for (let partition = 0; partition < partitions; partition += 1) {
      const onRecords = (records: readonly LogRecord[]) => {
        for (const record of records) each(record, partition);
      };
      await reader.read({ topic, partition, onRecords });
    }
  };

  /** What detect has not committed yet, for a person; empty: nothing. */
  const behindNow = async (): Promise<string> => {
    try {
      const ends = await admin.fetchTopicOffsets(SOURCE.name);
      const [group] = await admin.fetchOffsets({ groupId: GROUP, topics: [SOURCE.name] });
      return ends
        .map(({ partition, high }) => {
          const at = group?.partitions.find((candidate) => candidate.partition === partition);
          return high === '0' || at?.offset === high
            ? ''
            : `partition ${partition} at ${String(at?.offset)} of ${high}`;
        })
        .filter((line) => line !== '')
        .join(', ');
    } catch (error) {
      // A broker that has just been started again.
      if ((error as { retriable?: boolean }).retriable === true) return String(error);
      throw error;
    }
  };

  return {
    brokers: kafka.brokers,
    client,
    admin,
    reader,
    async produce(messages) {
      for (let at = 0; at < messages.length; at += 2000) {
        await producer.send(SOURCE.name, messages.slice(at, at + 2000));
      }
    },
    async caughtUp(limitMs = 60_000) {
      const until = Date.now() + limitMs;
      for (;;) {
        const behind = await behindNow();
        if (behind === '') return;
        if (Date.now() > until) throw new Error(`detect is behind: ${behind}`);
        await delay(50);
      }
    },
    async alerts() {
      const alerts: AlertEvent[] = [];
      await read(TOPICS.alertEvents.name, TOPICS.alertEvents.partitions, (message) => {
        const decoded = decodeAlertEvent(message);
        if (decoded.kind !== 'ok') throw new Error(`not an alert: ${JSON.stringify(decoded)}`);
        alerts.push(decoded.event);
      });
      return alerts;
    },
    async expectedAlerts() {
      const engine = createEngine({ rules: RULES });
      const records = new Map<string, KeyRecord>();
      const alerts = new Map<string, AlertEvent>();
      await read(SOURCE.name, SOURCE.partitions, (message, partition) => {
        const decoded = decodeKeyEvent(message);
        if (decoded.kind !== 'ok') return;
        const key = engine.recordKey(decoded.event);
        const { record, alerts: raised } = engine.fold(records.get(key), decoded.event, {
          partition,
          offset: Number(message.offset),
          logTimeMs: Number(message.timestamp),
        });
        records.set(key, record);
        for (const alert of raised) alerts.set(alert.id, alert);
      });
      return alerts;
    },
    async restartBroker() {
      kafka.kill('SIGKILL');
      await kafka.exited;
      kafka = await start();
    },
    async stop() {
      await Promise.all([admin.disconnect(), reader.close(), producer.close()]);
      await kafka.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

type LogRecord = Parameters<Parameters<PartitionReader['read']>[0]['onRecords']>[0][number];
