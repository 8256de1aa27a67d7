import {
  CLICKHOUSE_SETTINGS,
  KAFKA_SETTINGS,
  readSettings,
  type Settings,
} from '@keywatch/platform';

const NAMES = [
  ...KAFKA_SETTINGS,
  ...CLICKHOUSE_SETTINGS,
  'KEYWATCH_DATA',
  'KEYWATCH_CACHE',
  'KEYWATCH_DOCKER',
  'KEYWATCH_API_PORT',
  'KEYWATCH_API_TOKEN',
  'KEYWATCH_API_URL',
  'KEYWATCH_LOG_LEVEL',
  'KEYWATCH_RULES_FILE',
  'KEYWATCH_DETECT_LATENESS_MINUTES',
] as const;

export type CliSettings = Settings<(typeof NAMES)[number]>;

/** @throws SettingsError with every problem. */
export function cliSettings(): CliSettings {
  return readSettings(NAMES);
}
