import { describe, expect, it } from '@jest/globals';
import type { Alert } from './alert-event.js';
import { decodeOwnerNotice, encodeOwnerNotice, noticeIdOf, ownerNotices } from './owner-notice.js';

const alert = (letter: string, email: string): Alert => ({
  alertId: letter.repeat(32),
  fingerprint: 'f'.repeat(32),
  rule: 'stale-key',
  ruleVersion: 1,
  severity: 'low',
  tenantId: 'acme',
  lane: 'live',
  keyId: `key_${letter}`,
  window: 'v1/90d',
  title: 'Key is old',
  sentence: 'Rotate it.',
  occurredAt: '2026-03-01T10:00:00.000Z',
  detectedAt: '2026-03-01T10:00:00.000Z',
  historical: false,
  evidence: { facts: {} },
  owner: { id: 'o', email, team: 't' },
});
const asOf = '2026-03-01T10:00:00.000Z';

describe('ownerNotices', () => {
  it('tells each owner once, of all their keys; an owner without address gets none', () => {
    const notices = ownerNotices('stale-key', asOf, [
      alert('a', 'ann@example.com'),
      alert('b', 'bob@example.com'),
      alert('c', 'ann@example.com'),
      alert('d', ''),
    ]);
    expect(
      notices.map(({ owner, alerts }) => [owner.email, alerts.map(({ keyId }) => keyId)]),
    ).toEqual([
      ['ann@example.com', ['key_a', 'key_c']],
      ['bob@example.com', ['key_b']],
    ]);
  });

  it('has an id that depends on what is told, not on order or time', () => {
    expect(noticeIdOf('r', 'e', ['x', 'y'])).toBe(noticeIdOf('r', 'e', ['y', 'x']));
    expect(noticeIdOf('r', 'e', ['x'])).not.toBe(noticeIdOf('r', 'e', ['x', 'y']));
  });

  it('comes back from the topic as it was told; alerts on the same topic are not notices', () => {
    const [notice] = ownerNotices('stale-key', asOf, [alert('a', 'ann@example.com')]);
    if (notice === undefined) throw new Error('no notice');
    const { value } = encodeOwnerNotice(notice);
    expect(decodeOwnerNotice({ value: Buffer.from(value) })).toEqual({ kind: 'ok', event: notice });
    const other = value.replace('owner-notice.raised', 'alert.raised');
    expect(decodeOwnerNotice({ value: Buffer.from(other) })).toMatchObject({ kind: 'drop' });
    const broken = value.replace('"low"', '"loud"');
    expect(decodeOwnerNotice({ value: Buffer.from(broken) })).toMatchObject({
      reason: 'invalid-data',
    });
    expect(decodeOwnerNotice({ value: null })).toMatchObject({ reason: 'not-json' });
  });
});
