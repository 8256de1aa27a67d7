import { KAFKA_SETTINGS, readSettings, type Settings } from '@keywatch/platform';

const NAMES = [
  ...KAFKA_SETTINGS,
  'KEYWATCH_LOG_LEVEL',
  'KEYWATCH_LOG_FORMAT',
  'KEYWATCH_HTTP_HOST',
  'KEYWATCH_NOTIFY_PORT',
  'KEYWATCH_NOTIFY_WEBHOOK_URL',
  'KEYWATCH_NOTIFY_WEBHOOK_SECRET',
  'KEYWATCH_NOTIFY_ALLOW_PRIVATE',
  'KEYWATCH_NOTIFY_SMTP_URL',
  'KEYWATCH_NOTIFY_MAIL_FROM',
  'KEYWATCH_NOTIFY_MAX_AGE_HOURS',
  'KEYWATCH_NOTIFY_SESSION_MS',
  'KEYWATCH_RUNBOOK_URL',
  'KEYWATCH_LEASH',
] as const;

export type NotifySettings = Settings<(typeof NAMES)[number]>;

/** @throws SettingsError with every problem. */
export function notifySettings(): NotifySettings {
  return readSettings(NAMES);
}
