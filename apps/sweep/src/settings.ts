import {
  CLICKHOUSE_SETTINGS,
  KAFKA_SETTINGS,
  readSettings,
  RULES_FILE_SETTINGS,
  type Settings,
} from '@keywatch/platform';

const NAMES = [
  ...KAFKA_SETTINGS,
  ...CLICKHOUSE_SETTINGS,
  ...RULES_FILE_SETTINGS,
  'KEYWATCH_LOG_LEVEL',
  'KEYWATCH_LOG_FORMAT',
  'KEYWATCH_HTTP_HOST',
  'KEYWATCH_SWEEP_PORT',
  'KEYWATCH_SWEEP_SECONDS',
  'KEYWATCH_PIPELINE_LOOK_MS',
  'KEYWATCH_DETECT_LATENESS_MINUTES',
  'KEYWATCH_LEASH',
] as const;

export type SweepSettings = Settings<(typeof NAMES)[number]>;

/** @throws SettingsError with every problem. */
export function sweepSettings(): SweepSettings {
  return readSettings(NAMES);
}
