import { describe, expect, it } from '@jest/globals';
import { createLog, KAFKA_SETTINGS, readSettings, type SettingName } from '@keywatch/platform';
import { anAlertEvent } from '@keywatch/testing';
import { channelsOf } from './channels.js';
import type { NotifySettings } from './settings.js';

const log = createLog({ app: 'notify', level: 'silent', format: 'json' });
const settingsOf = (environment: Record<string, string>): NotifySettings =>
  readSettings(
    [
      ...KAFKA_SETTINGS,
      ...[
        'WEBHOOK_URL',
        'WEBHOOK_SECRET',
        'ALLOW_PRIVATE',
        'SMTP_URL',
        'MAIL_FROM',
        'MAX_AGE_HOURS',
      ].map((name) => `KEYWATCH_NOTIFY_${name}` as SettingName),
      'KEYWATCH_RUNBOOK_URL',
    ],
    environment,
  );
const secret = `whsec_${Buffer.from('for specs').toString('base64')}`;

describe('channelsOf', () => {
  it('logs without any setting, and adds what is set', () => {
    expect(channelsOf(settingsOf({}), log).map(({ id }) => id)).toEqual(['log']);
    const all = settingsOf({
      KEYWATCH_NOTIFY_WEBHOOK_URL: 'https://hooks.example.com/x',
      KEYWATCH_NOTIFY_WEBHOOK_SECRET: secret,
      KEYWATCH_NOTIFY_SMTP_URL: 'smtp://127.0.0.1:2525',
    });
    expect(channelsOf(all, log).map(({ id }) => id)).toEqual(['log', 'webhook', 'email']);
  });

  it('asks for the secret of a webhook, and refuses an address inside', () => {
    const url = { KEYWATCH_NOTIFY_WEBHOOK_URL: 'http://10.0.0.1/x' };
    expect(() => channelsOf(settingsOf(url), log)).toThrow(
      /KEYWATCH_NOTIFY_WEBHOOK_SECRET is missing/,
    );
    expect(() =>
      channelsOf(settingsOf({ ...url, KEYWATCH_NOTIFY_WEBHOOK_SECRET: secret }), log),
    ).toThrow(/ALLOW_PRIVATE/);
  });

  it.each([
    ['https://wiki.example.com/runbooks', 'https://wiki.example.com/runbooks/stale-key.md'],
    ['https://wiki.example.com/runbooks/', 'https://wiki.example.com/runbooks/stale-key.md'],
    ['https://wiki.example.com/?page={rule}', 'https://wiki.example.com/?page=stale-key'],
  ])('leads to the runbooks at %s', async (url, expected) => {
    const lines: string[] = [];
    const destination = { write: (line: string) => lines.push(line) };
    const written = createLog({ app: 'notify', level: 'info', format: 'json', destination });
    const [logged] = channelsOf(settingsOf({ KEYWATCH_RUNBOOK_URL: url }), written);
    await logged?.deliver({ kind: 'alert', event: anAlertEvent() }, new AbortController().signal);
    expect(lines[0]).toContain(`"${expected}"`);
  });

  it('refuses an address of runbooks that leads nowhere', () => {
    expect(() => settingsOf({ KEYWATCH_RUNBOOK_URL: 'docs/' })).toThrow(/KEYWATCH_RUNBOOK_URL/);
  });
});
