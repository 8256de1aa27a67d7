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
  'KEYWATCH_API_PORT',
  'KEYWATCH_API_TOKEN',
  'KEYWATCH_LEASH',
] as const;

export type ApiSettings = Settings<(typeof NAMES)[number]>;

/** @throws SettingsError with every problem. */
export function apiSettings(): ApiSettings {
  return readSettings(NAMES);
}
