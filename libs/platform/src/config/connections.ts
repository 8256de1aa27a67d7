import type { Settings } from './settings.js';

/** Settings that say how to reach the brokers. */
export const KAFKA_SETTINGS = [
  'KEYWATCH_KAFKA_BROKERS',
  'KEYWATCH_KAFKA_SSL',
  'KEYWATCH_KAFKA_SASL_MECHANISM',
  'KEYWATCH_KAFKA_SASL_USERNAME',
  'KEYWATCH_KAFKA_SASL_PASSWORD',
  'KEYWATCH_KAFKA_REPLICATION',
] as const;

type KafkaSettings = Settings<(typeof KAFKA_SETTINGS)[number]>;

interface Sasl<M extends string> {
  mechanism: M;
  username: string;
  password: string;
}

/** Structurally a kafkajs KafkaConfig. */
export interface KafkaConnection {
  clientId: string;
  brokers: string[];
  ssl: boolean;
  sasl?: Sasl<'plain'> | Sasl<'scram-sha-256'> | Sasl<'scram-sha-512'>;
}

/** @throws Error where no broker is named. */
export function kafkaConnection(settings: KafkaSettings, clientId: string): KafkaConnection {
  const brokers = settings.KEYWATCH_KAFKA_BROKERS;
  if (brokers === undefined) {
    throw new Error(
      'KEYWATCH_KAFKA_BROKERS is missing. Start everything with `npx keywatch up`, or name your brokers.',
    );
  }
  const mechanism = settings.KEYWATCH_KAFKA_SASL_MECHANISM;
  return {
    clientId,
    brokers,
    ssl: settings.KEYWATCH_KAFKA_SSL,
    ...(mechanism === undefined
      ? {}
      : {
          sasl: {
            mechanism,
            username: settings.KEYWATCH_KAFKA_SASL_USERNAME,
            password: settings.KEYWATCH_KAFKA_SASL_PASSWORD,
          },
        }),
  };
}

/** Settings that say how to reach ClickHouse. */
export const CLICKHOUSE_SETTINGS = [
  'KEYWATCH_CLICKHOUSE_URL',
  'KEYWATCH_CLICKHOUSE_USER',
  'KEYWATCH_CLICKHOUSE_PASSWORD',
  'KEYWATCH_CLICKHOUSE_DATABASE',
  'KEYWATCH_CLICKHOUSE_TARGET',
] as const;

export interface ClickHouseConnection {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly target: 'auto' | 'embedded' | 'replicated';
}

/** @throws Error where no address is given. */
export function clickhouseConnection(
  settings: Settings<(typeof CLICKHOUSE_SETTINGS)[number]>,
): ClickHouseConnection {
  const url = settings.KEYWATCH_CLICKHOUSE_URL;
  if (url === undefined) {
    throw new Error(
      'KEYWATCH_CLICKHOUSE_URL is missing. Start everything with `npx keywatch up`, or name your server.',
    );
  }
  return {
    url,
    user: settings.KEYWATCH_CLICKHOUSE_USER,
    password: settings.KEYWATCH_CLICKHOUSE_PASSWORD,
    database: settings.KEYWATCH_CLICKHOUSE_DATABASE,
    target: settings.KEYWATCH_CLICKHOUSE_TARGET,
  };
}
