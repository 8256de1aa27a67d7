import {
  EventProducer,
  Kafka,
  KafkaBatchServer,
  KafkaChangelogLog,
  PartitionReader,
  type Admin,
  type ChangelogLog,
  type KafkaConfig,
} from '@keywatch/kafka';
import type { AlertSink, SourcePositions } from '../fold/ports.js';
import { KafkaAlertSink } from '../kafka/kafka-alert-sink.js';
import { KafkaSourcePositions } from '../kafka/kafka-source-positions.js';
import { DETECT_TOPICS, prepareTopics } from '../kafka/prepare-topics.js';
import type { Resources } from './detect-lifecycle.js';

export const DETECT_GROUP = 'keywatch-detect';

export interface ConnectOptions {
  readonly client: KafkaConfig;
  readonly replicationFactor: number;
  readonly sessionMs: number;
  readonly onFatal: (error: Error) => void;
}

/** All of detection's connections to Kafka. */
export interface Connections extends Resources {
  readonly server: KafkaBatchServer;
  readonly changelog: ChangelogLog;
  readonly positions: SourcePositions;
  readonly alerts: AlertSink;
}

/** Connects, creates and checks the topics. @throws where they don't fit; nothing stays open then. */
export async function connect(options: ConnectOptions): Promise<Connections> {
  const { client } = options;
  const admin = new Kafka(client).admin();
  const reader = new PartitionReader(client);
  const alerts = new EventProducer(client);
  // State has a producer of its own, so that alerts never wait behind a checkpoint.
  const states = new EventProducer(client);
  const close = async (): Promise<void> => {
    await Promise.all([admin.disconnect(), reader.close(), alerts.close(), states.close()]);
  };
  try {
    await admin.connect();
    const partitions = await prepareTopics(admin, options.replicationFactor);
    await Promise.all([alerts.connect(), states.connect()]);
    const server = consumer(options, partitions);
    return {
      server,
      changelog: new KafkaChangelogLog(DETECT_TOPICS.state, reader, states),
      positions: positionsOf(admin),
      alerts: new KafkaAlertSink(alerts, DETECT_TOPICS.alerts),
      onEpoch: (listener) => {
        server.onEpoch(listener);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function positionsOf(admin: Admin): SourcePositions {
  return new KafkaSourcePositions(admin, DETECT_GROUP, DETECT_TOPICS.source);
}

/** Latency is what counts: a fetch answers with the first message, and a close doesn't wait for one. */
function consumer(
  { client, sessionMs, onFatal }: ConnectOptions,
  partitions: number,
): KafkaBatchServer {
  return new KafkaBatchServer({
    client,
    consumer: {
      groupId: DETECT_GROUP,
      sessionTimeout: sessionMs,
      rebalanceTimeout: 60_000,
      heartbeatInterval: 1000,
      minBytes: 1,
      maxWaitTimeInMs: 100,
      maxBytesPerPartition: 1 << 20,
      maxBytes: 16 << 20,
      allowAutoTopicCreation: false,
    },
    // A new group evaluates everything that the log still holds.
    fromBeginning: true,
    partitionsConsumedConcurrently: partitions,
    onFatal,
  });
}
