import { describe, expect, it } from '@jest/globals';
import { evidenceQuery, MAX_QUERY, sqlIn, sqlText } from './evidence-query.js';

const alert = { tenantId: "o'neill", lane: 'live', keyId: 'ak_1' };

describe('the query of an alert', () => {
  it('finds the ranges that lie, at least in part, within a time; they are about no key', () => {
    const scope = { view: 'ranges', fromMs: 0, toMs: 1000, where: ["topic = 't'"] } as const;
    expect(evidenceQuery(scope, alert)).toBe(
      `SELECT *
FROM ranges
WHERE topic = 't'
  AND last_received_at >= '1970-01-01 00:00:00.000'
  AND first_received_at <= '1970-01-01 00:00:01.000'
ORDER BY topic, partition, from_offset`,
    );
    expect(evidenceQuery({ view: 'ranges' }, alert)).toBe(
      'SELECT *\nFROM ranges\nORDER BY topic, partition, from_offset',
    );
  });

  it('names tenant, lane, key, the time with both ends, and what the rule adds', () => {
    const query = evidenceQuery(
      {
        view: 'requests',
        fromMs: Date.UTC(2026, 2, 1, 10),
        toMs: Date.UTC(2026, 2, 1, 10, 5),
        where: [sqlIn('status', [401, 403]), sqlIn('environment', ['a\\b'])],
      },
      alert,
    );
    expect(query).toBe(
      "SELECT *\nFROM requests\nWHERE tenant_id = 'o\\'neill'\n  AND lane = 'live'\n  AND key_id = 'ak_1'\n" +
        "  AND time >= '2026-03-01 10:00:00.000'\n  AND time <= '2026-03-01 10:05:00.000'\n" +
        "  AND status IN (401, 403)\n  AND environment IN ('a\\\\b')\nORDER BY time, event_id",
    );
  });

  it('is of every key where the finding is', () => {
    const query = evidenceQuery(
      { view: 'requests', anyKey: true, where: [`source_ip = ${sqlText('10.0.0.1')}`] },
      alert,
    );
    expect(query).not.toContain('key_id');
  });

  it('asks the folded keys without lane or time', () => {
    expect(evidenceQuery({ view: 'keys' }, alert)).toBe(
      "SELECT *\nFROM keys\nWHERE tenant_id = 'o\\'neill'\n  AND key_id = 'ak_1'\nORDER BY key_id",
    );
  });

  it('is left out rather than cut', () => {
    expect(
      evidenceQuery({ view: 'requests', where: ['x'.repeat(MAX_QUERY)] }, alert),
    ).toBeUndefined();
  });
});
