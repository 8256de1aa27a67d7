import { resolve } from 'node:path';
import { createClickHouse, type ClickHouse } from '@keywatch/clickhouse';
import { Kafka, logLevel, type Admin, type KafkaConfig } from '@keywatch/kafka';
import { clickhouseConnection, kafkaConnection } from '@keywatch/platform';
import { runningStack } from '../api/find-api.js';
import { CommandError } from '../command-error.js';
import type { CliSettings } from '../settings.js';

export interface Connections {
  readonly kafka: KafkaConfig;
  readonly brokers: readonly string[];
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  close(): Promise<void>;
}

/**
 * Broker and database of the stack that runs in the data folder, or those that the settings name: for the few commands
 * that look behind the API.
 * @param requestTimeoutMs how long one question to the database may take, where it isn't a quick one
 * @throws CommandError where neither is there.
 */
export async function connect(
  settings: CliSettings,
  dataDir: string | undefined,
  requestTimeoutMs?: number,
): Promise<Connections> {
  const runtime = await runningStack(settings, dataDir);
  const brokers = runtime === undefined ? settings.KEYWATCH_KAFKA_BROKERS : [...runtime.brokers];
  if (
    brokers === undefined ||
    (runtime === undefined && settings.KEYWATCH_CLICKHOUSE_URL === undefined)
  ) {
    throw new CommandError(
      `No Keywatch runs in ${resolve(dataDir ?? settings.KEYWATCH_DATA)}. Start one with \`npx keywatch up\`, name its folder with --data, or set KEYWATCH_KAFKA_BROKERS and KEYWATCH_CLICKHOUSE_URL.`,
    );
  }
  const kafka: KafkaConfig = {
    ...kafkaConnection({ ...settings, KEYWATCH_KAFKA_BROKERS: brokers }, 'keywatch-cli'),
    logLevel: logLevel.NOTHING,
  };
  const database = settings.KEYWATCH_CLICKHOUSE_DATABASE;
  const clickhouse = createClickHouse({
    ...(runtime === undefined
      ? clickhouseConnection(settings)
      : { ...runtime.clickhouse, database, application: 'keywatch-cli' }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
  });
  const admin = new Kafka(kafka).admin();
  await admin.connect().catch((error: unknown) => {
    throw new CommandError(
      `Kafka at ${brokers.join(', ')} does not answer: ${(error as Error).message}`,
    );
  });
  return {
    kafka,
    brokers,
    admin,
    clickhouse,
    close: async () => {
      await Promise.all([admin.disconnect(), clickhouse.close()]);
    },
  };
}
