import { describe, expect, it } from '@jest/globals';
import { aNotice, anAlert } from '@keywatch/testing';
import { noticeMail } from './notice-mail.js';

describe('noticeMail', () => {
  it('reads well for one key', () => {
    expect(noticeMail(aNotice([anAlert()])).text).toBe(`One of your API keys is due for rotation.

key_42 · acme
  key_42 was not rotated for 95 days.
  last used: 2026-02-28 09:00 UTC
  who still calls with it:
    - production 203.0.113.0/24 curl/8

What to do
  1. Create a new secret for the key and give it to the callers listed here.
  2. When their traffic has moved, revoke the old secret.
  3. If nobody needs the key any more, revoke it now.

As of 2026-03-01 10:00 UTC. You get this because you are recorded as the owner.
`);
  });

  it('lets no name or user agent write HTML', () => {
    const { html } = noticeMail(
      aNotice([anAlert({ evidence: { facts: { name: '<script>', callers: ['<img src=x>'] } } })]),
    );
    expect(html).not.toMatch(/<script|<img/);
  });

  it('says when nobody was seen calling', () => {
    expect(noticeMail(aNotice([anAlert({ evidence: { facts: {} } })])).text).toMatch(
      /no use seen[\s\S]*nobody was seen calling/,
    );
  });
});
