import { describe, expect, it } from '@jest/globals';
import { aNotice, anAlert } from '@keywatch/testing';
import { noticeMail } from './notice-mail.js';

describe('noticeMail', () => {
  it('reads well for one key', () => {
    expect(noticeMail(aNotice([anAlert()])).text).toBe(`One of your API keys is due for rotation.

key_42 · acme
  key_42 was not rotated for 95 days.
  last used: 2026-02-28 09:00 UTC
  these callers break if it is revoked now:
    - production 203.0.113.0/24 curl/8

What to do
  1. Create a new secret for the key and give it to the callers listed here.
  2. When their traffic has moved, revoke the old secret.
  3. If nobody needs the key any more, revoke it now.

If this is known and fine
  Say so, with the reason, or ask your security team to. It is then on record, and nobody is told of it again at this severity:
    keywatch alerts ack aaaaaaaa --why "..."

As of 2026-03-01 10:00 UTC. You get this because you are recorded as the owner.
`);
  });

  it('lets no name or user agent write HTML', () => {
    const { html } = noticeMail(
      aNotice([anAlert({ evidence: { facts: { name: '<script>', callers: ['<img src=x>'] } } })]),
    );
    expect(html).not.toMatch(/<script|<img/);
  });

  it.each([
    ['nobody was seen', 'stale-key', { callers: [] }, /no use seen[\s\S]*nobody was seen calling/],
    ['it was never used', 'never-used-key', { requests: 0 }, /nobody was seen calling/],
    ['nothing has succeeded', 'unused-key', { requests: 9 }, /no call has succeeded/],
    ['nobody looked', 'stale-key', {}, /was not looked up/],
  ])('says what breaks when %s', (_what, rule, facts, expected) => {
    const alert = anAlert({ rule, evidence: { facts } });
    expect(noticeMail(aNotice([alert])).text).toMatch(expected);
  });

  it('asks about an unused key whether it is needed, and of what it does not know for a look', () => {
    const mail = (rule: string, keys = 1) =>
      noticeMail({ ...aNotice(Array.from({ length: keys }, () => anAlert())), rule });
    expect(mail('unused-key').subject).toBe('Do you still need the API key key_42?');
    expect(mail('never-used-key', 2).text).toMatch(/^2 of your API keys are not in use\./);
    expect(mail('unused-key').text).not.toMatch(/due for rotation|new secret/);
    expect(mail('new-rule', 2).subject).toBe('Please look at 2 API keys');
  });

  it('names the callers with the old secret of a rotation, and when it ends', () => {
    const facts = {
      graceEndsAt: '2026-03-04T12:00:00.000Z',
      lastOldRequestAt: '2026-03-01T08:00:00.000Z',
      callers: ['production | 203.0.113.0/24 | curl | 7 requests'],
    };
    const alert = anAlert({ rule: 'rotation-not-adopted', evidence: { facts } });
    const { subject, text } = noticeMail({ ...aNotice([alert]), rule: 'rotation-not-adopted' });
    expect(subject).toBe('Please give the new secret to all callers of the API key key_42');
    expect(text).toContain('One of your API keys is still called with an old secret.');
    expect(text).toContain(`  old secret last used: 2026-03-01 08:00 UTC
  these callers use the old secret, which ends at 2026-03-04 12:00 UTC:
    - production | 203.0.113.0/24 | curl | 7 requests`);
    expect(text).not.toMatch(/no use seen|is revoked now/);
  });

  it('gives the command for each of several keys', () => {
    const other = anAlert({ alertId: 'f'.repeat(32), keyId: 'key_43' });
    const { text, html } = noticeMail(aNotice([anAlert(), other]));
    expect(text).toContain('keywatch alerts ack ffffffff --why "..."   (key_43)');
    expect(html).toContain('keywatch alerts ack aaaaaaaa');
  });
});
