import { EmailChannel, LogChannel, WebhookChannel, type Channel } from '@keywatch/channels';
import { SettingsError, type Log } from '@keywatch/platform';
import type { NotifySettings } from './settings.js';

/** The channels that the settings ask for; the log always. @throws SettingsError where a channel can't work so. */
export function channelsOf(settings: NotifySettings, log: Log): Channel[] {
  const channels: Channel[] = [new LogChannel(log, runbooksOf(settings))];
  const url = settings.KEYWATCH_NOTIFY_WEBHOOK_URL;
  if (url !== undefined) channels.push(webhookOf(url, settings));
  const smtpUrl = settings.KEYWATCH_NOTIFY_SMTP_URL;
  if (smtpUrl !== undefined) {
    channels.push(new EmailChannel({ smtpUrl, from: settings.KEYWATCH_NOTIFY_MAIL_FROM }));
  }
  return channels;
}

function webhookOf(url: string, settings: NotifySettings): Channel {
  const secret = settings.KEYWATCH_NOTIFY_WEBHOOK_SECRET;
  if (secret === undefined) {
    throw new SettingsError([
      'KEYWATCH_NOTIFY_WEBHOOK_SECRET is missing: webhooks are signed. Make one with: echo whsec_$(head -c 24 /dev/urandom | base64)',
    ]);
  }
  try {
    return new WebhookChannel({
      url,
      secret,
      allowPrivate: settings.KEYWATCH_NOTIFY_ALLOW_PRIVATE,
      runbooks: runbooksOf(settings),
    });
  } catch (error) {
    throw new SettingsError([
      `KEYWATCH_NOTIFY_WEBHOOK_URL or its secret: ${(error as Error).message}`,
    ]);
  }
}

/** A folder may be given without its last slash. */
function runbooksOf({ KEYWATCH_RUNBOOK_URL: url }: NotifySettings): string | undefined {
  return url === undefined || url.includes('{rule}') || url.endsWith('/') ? url : `${url}/`;
}
