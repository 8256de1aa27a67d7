import { NestFactory } from '@nestjs/core';
import type { INestMicroservice } from '@nestjs/common';
import { ALL_TOPICS, TOPICS } from '@keywatch/events';
import {
  ensureTopics,
  Kafka,
  KafkaBatchServer,
  PartitionReader,
  type KafkaConfig,
} from '@keywatch/kafka';
import {
  createLog,
  createRegistry,
  die,
  exitWhenOrphaned,
  kafkaConnection,
  kafkajsLogCreator,
  NestLog,
  OpsServer,
  runApp,
  SystemClock,
  type Log,
} from '@keywatch/platform';
import { AlertLog } from './alert-log.js';
import { channelsOf } from './channels.js';
import { DeliveryTopic } from './deliveries.js';
import { NotifyMetrics } from './metrics.js';
import { NotifyModule } from './notify.module.js';
import { Notifier } from './notifier.js';
import { AskedByPeople } from './people.js';
import { notifySettings } from './settings.js';
import { Told } from './told.js';

const HOUR_MS = 3_600_000;
/** Milliseconds after which a stop that hangs is forced. */
const FORCED_STOP_MS = 15_000;
const MAX_SILENCES = 10_000;
const MAX_HANDLED_ALERTS = 100_000;

runApp('notify', async () => {
  const settings = notifySettings();
  const log = createLog({
    app: 'notify',
    level: settings.KEYWATCH_LOG_LEVEL,
    format: settings.KEYWATCH_LOG_FORMAT,
  });
  if (settings.KEYWATCH_LEASH) exitWhenOrphaned();
  const channels = channelsOf(settings, log);
  const client: KafkaConfig = {
    ...kafkaConnection(settings, 'keywatch-notify'),
    logCreator: kafkajsLogCreator(log),
  };
  const deliveries = new DeliveryTopic(client);
  await deliveries.connect();
  const partitions = await preparedTopics(client, settings.KEYWATCH_KAFKA_REPLICATION);
  const told = await deliveries.told(partitions.deliveryEvents);
  const clock = new SystemClock();
  const maxAgeMs = settings.KEYWATCH_NOTIFY_MAX_AGE_HOURS * HOUR_MS;
  const people = new AskedByPeople({
    silences: MAX_SILENCES,
    alerts: MAX_HANDLED_ALERTS,
    afterEndMs: maxAgeMs,
  });
  const news = new AlertLog(new PartitionReader(client), people, clock, partitions.alertEvents);

  const registry = createRegistry('notify');
  const metrics = new NotifyMetrics(
    registry,
    channels.map(({ id }) => id),
  );
  const notifiers = channels.map(
    (channel) =>
      new Notifier({
        channel,
        told: told.get(channel.id) ?? new Told(),
        people,
        news,
        deliveries,
        clock,
        log,
        maxAgeMs,
        onAttempt: (outcome) => {
          metrics.attempts.inc({ channel: channel.id, outcome });
        },
        onSkip: (reason) => {
          metrics.skips.inc({ channel: channel.id, reason });
        },
      }),
  );
  const apps: INestMicroservice[] = [];
  let joined = false;
  const ops = new OpsServer({
    host: settings.KEYWATCH_HTTP_HOST,
    port: settings.KEYWATCH_NOTIFY_PORT,
    registry,
    readiness: () => [
      ...(joined ? [] : ['its groups are still being joined']),
      ...notifiers.map(({ trouble }) => trouble).filter((trouble) => trouble !== ''),
    ],
  });
  const stop = async (): Promise<void> => {
    for (const notifier of notifiers) notifier.close();
    await Promise.all([news.close(), ...apps.map((app) => app.close())]);
    await Promise.all([
      ...channels.map((channel) => channel.close()),
      deliveries.close(),
      ops.close(),
    ]);
    process.exit(0);
  };
  // Before anything is told: a group waits for a member that was killed, and a stop may come meanwhile.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(1), FORCED_STOP_MS).unref();
      stop().catch((error: unknown) => die('notify', error, log));
    });
  }
  for (const notifier of notifiers) {
    apps.push(await channelApp(notifier, client, settings.KEYWATCH_NOTIFY_SESSION_MS, log));
  }
  const port = await ops.listen();
  await Promise.all(apps.map((app) => app.listen()));
  joined = true;
  log.info({ channels: channels.map(({ id }) => id), port }, 'notify is up');
});

/** Creates missing topics and counts the partitions of those that are read whole. */
async function preparedTopics(
  client: KafkaConfig,
  replicationFactor: number,
): Promise<{ alertEvents: number; deliveryEvents: number }> {
  const admin = new Kafka(client).admin();
  await admin.connect();
  try {
    await ensureTopics(admin, ALL_TOPICS, { replicationFactor });
    const wanted = [TOPICS.alertEvents.name, TOPICS.deliveryEvents.name];
    const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
    const count = (topic: string): number =>
      topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
    return {
      alertEvents: count(TOPICS.alertEvents.name),
      deliveryEvents: count(TOPICS.deliveryEvents.name),
    };
  } finally {
    await admin.disconnect();
  }
}

async function channelApp(
  notifier: Notifier,
  client: KafkaConfig,
  sessionMs: number,
  log: Log,
): Promise<INestMicroservice> {
  return NestFactory.createMicroservice(NotifyModule.for(notifier), {
    logger: new NestLog(log),
    strategy: new KafkaBatchServer({
      client,
      consumer: {
        groupId: `keywatch-notify-${notifier.channelId}`,
        sessionTimeout: sessionMs,
        heartbeatInterval: Math.min(3_000, Math.floor(sessionMs / 4)),
        maxWaitTimeInMs: 250,
        minBytes: 1,
      },
      fromBeginning: true,
      onFatal: (error) => die('notify', error, log),
    }),
  });
}
