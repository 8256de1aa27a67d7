import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { aNotice, anAlert, anAlertEvent } from '@keywatch/testing';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { EmailChannel } from './email.channel.js';

let server: SMTPServer | undefined;
let mails: string[];
let channel: EmailChannel | undefined;

beforeEach(() => {
  mails = [];
});
afterEach(async () => {
  await channel?.close();
  await new Promise<void>((resolve) => {
    if (server === undefined) resolve();
    else server.close(resolve);
  });
  server = undefined;
});

async function start(over: SMTPServerOptions = {}): Promise<EmailChannel> {
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, _session, done) {
      let mail = '';
      stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
      stream.on('end', () => {
        mails.push(mail);
        done();
      });
    },
    ...over,
  });
  server = smtp;
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const { port } = smtp.server.address() as AddressInfo;
  channel = new EmailChannel({
    smtpUrl: `smtp://127.0.0.1:${port}`,
    from: 'Keywatch <keywatch@example.com>',
    timeoutMs: 500,
  });
  return channel;
}

const refusing = (responseCode: number): SMTPServerOptions => ({
  onRcptTo(_address, _session, done) {
    done(Object.assign(new Error('no'), { responseCode }));
  },
});

describe('EmailChannel', () => {
  it('sends an owner one message with every key, how old it is, who calls and what to do', async () => {
    const email = await start();
    const notice = aNotice([
      anAlert({ keyId: 'key_1', evidence: { facts: { ageDays: 90 } } }),
      anAlert({
        keyId: 'key_2',
        sentence: 'key_2 was not rotated for 400 days.',
        evidence: { facts: { ageDays: 400, callers: ['staging 198.51.100.0/24 sdk'] } },
      }),
    ]);
    expect(await email.deliver({ kind: 'owner-notice', notice })).toEqual({
      kind: 'sent',
      status: 250,
    });
    const [mail = ''] = mails;
    expect(mail).toMatch(/^To: ann@example.com\r$/m);
    expect(mail).toMatch(/^Subject: Please rotate 2 API keys\r$/m);
    expect(mail).toContain(`Message-ID: <${notice.noticeId}@keywatch>`);
    expect(mail).toMatch(/key_2 .*key_1 /s);
    expect(mail).toContain('400 days');
    expect(mail).toContain('staging 198.51.100.0/24 sdk');
    expect(mail).toContain('revoke');
  });

  it('gives up on a refusal for good and asks again after one that may pass', async () => {
    const notice = aNotice([anAlert()]);
    const gone = await start(refusing(550));
    expect(await gone.deliver({ kind: 'owner-notice', notice })).toMatchObject({
      kind: 'give-up',
      status: 550,
    });
    await gone.close();
    await new Promise<void>((resolve) => server?.close(resolve));
    const busy = await start(refusing(451));
    expect(await busy.deliver({ kind: 'owner-notice', notice })).toMatchObject({
      kind: 'retry',
      status: 451,
    });
  });

  it('asks again when the server is away or silent', async () => {
    const email = await start({ onConnect: () => undefined });
    const notice = aNotice([anAlert()]);
    expect(await email.deliver({ kind: 'owner-notice', notice })).toMatchObject({
      kind: 'retry',
      status: 0,
    });
  });

  it.each(['', 'nobody', 'a@b.c,d@e.f', 'a@b.c\r\nBcc: d@e.f', '"x" <a@b.c>'])(
    'gives up on the address %j',
    async (address) => {
      const email = await start();
      const notice = aNotice([anAlert()], address);
      expect(await email.deliver({ kind: 'owner-notice', notice })).toMatchObject({
        kind: 'give-up',
      });
      expect(mails).toHaveLength(0);
    },
  );

  it('takes notices to owners only', async () => {
    const email = await start();
    expect(email.takes({ kind: 'alert', event: anAlertEvent() })).toBe(false);
  });
});
