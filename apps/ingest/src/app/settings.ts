import {
  CLICKHOUSE_SETTINGS,
  KAFKA_SETTINGS,
  readSettings,
  type Settings,
} from '@keywatch/platform';

const NAMES = [
  ...KAFKA_SETTINGS,
  ...CLICKHOUSE_SETTINGS,
  'KEYWATCH_LOG_LEVEL',
  'KEYWATCH_LOG_FORMAT',
  'KEYWATCH_HTTP_HOST',
  'KEYWATCH_INGEST_PORT',
  'KEYWATCH_INGEST_IDENTITY_MB',
  'KEYWATCH_INGEST_HORIZON_DAYS',
  'KEYWATCH_INGEST_FLOOD',
  'KEYWATCH_INGEST_FLOOD_PERCENT',
  'KEYWATCH_INGEST_FLOOD_RUN',
  'KEYWATCH_INGEST_INFLIGHT_MB',
  'KEYWATCH_INGEST_SESSION_MS',
  'KEYWATCH_LEASH',
  'KEYWATCH_TEST_KILL_AT',
] as const;

export type IngestSettings = Settings<(typeof NAMES)[number]>;

/** @throws SettingsError with every problem */
export function ingestSettings(): IngestSettings {
  return readSettings(NAMES);
}
