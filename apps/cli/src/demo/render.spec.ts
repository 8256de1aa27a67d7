import { describe, expect, it } from '@jest/globals';
import { COMPLETE } from '../../../../test/cli/answers.js';
import { render } from './render.js';
import type { DemoSummary } from './summary.js';

const USED = {
  tenantId: 'acme',
  errors: 1,
  firstUsed: '2026-11-23T08:00:00.000Z',
  lastUsed: '2026-11-24T12:00:00.000Z',
  userAgents: 2,
  endpoints: 3,
  sourceAddresses: 4,
};
const alert = (severity: string, rule: string, sentence: string): object => ({
  severity,
  rule,
  sentence,
});

const SUMMARY = {
  produced: 2000,
  inserted: 1999,
  duplicates: 1,
  deadLetters: 0,
  lag: 0,
  alertsByRule: { 'stale-key': 5, 'multi-environment-use': 1 },
  seconds: 4,
  completeness: COMPLETE,
  usage: [
    { ...USED, keyId: 'k1', requests: 1500 },
    { ...USED, keyId: 'k2', requests: 12 },
  ],
  rotationAge: [
    {
      tenantId: 'acme',
      keyId: 'k2',
      ageDays: 400,
      atLeast: false,
      limitDays: 90,
      overdueDays: 310,
      plan: 'free',
      ownerEmail: 'ada@example.com',
      owner: 'u1',
      createdAt: '2025-10-20T12:00:00.000Z',
      lastRotatedAt: null,
      lastUsed: '2026-11-24T12:00:00.000Z',
    },
  ],
  alerts: [
    alert('low', 'stale-key', 'k5 is 80 days old.'),
    alert('medium', 'stale-key', 'k4 is 100 days old.'),
    alert('high', 'stale-key', 'k2 is 400 days old.'),
    alert('medium', 'stale-key', 'k3 is 95 days old.'),
    alert('low', 'stale-key', 'k6 is 75 days old.'),
    alert('critical', 'multi-environment-use', 'k1 was used \u001b[31min two environments.'),
  ],
  // What render doesn't read is left out.
} as unknown as DemoSummary;

// Whether there are colours depends on the terminal that runs this.
// eslint-disable-next-line no-control-regex -- colours are control characters
const plain = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '');

describe('the result of the demo', () => {
  it('is told in words and tables', () => {
    expect(plain(render(SUMMARY))).toBe(`
Usage by key, the busiest of 2 keys
KEY  TENANT  REQUESTS  ERRORS  FIRST USED (UTC)     LAST USED (UTC)      AGENTS  ENDPOINTS  ADDRESSES
k1   acme       1,500       1  2026-11-23 08:00:00  2026-11-24 12:00:00       2          3          4
k2   acme          12       1  2026-11-23 08:00:00  2026-11-24 12:00:00       2          3          4

The oldest keys by rotation age, of 1 live key
KEY  TENANT  AGE (DAYS)  LIMIT  OVERDUE  PLAN  OWNER            CREATED     ROTATED  LAST USED (UTC)
k2   acme           400     90      310  free  ada@example.com  2025-10-20           2026-11-24 12:00

6 alerts: stale-key 5, multi-environment-use 1
HIGH     k2 is 400 days old.
MEDIUM   k4 is 100 days old.
MEDIUM   k3 is 95 days old.
         and 2 more of stale-key
CRITICAL k1 was used \uFFFD[31min two environments.

How complete, how fast
2,000 events produced, 1,999 rows stored once each, 1 duplicate dropped, 0 dead letters.
4 s from the first event sent to the last alert stored: 500 events/s through broker, ClickHouse and detection on this machine.
Complete up to 2026-11-24 12:00:00 UTC · 0 dead letters · 1 duplicate dropped`);
  });

  it('says of what there is none', () => {
    const text = plain(
      render({ ...SUMMARY, usage: [], rotationAge: [], alerts: [], alertsByRule: {} }),
    );
    expect(text).toContain('the busiest of 0 keys\nNone.\n');
    expect(text).toContain('\n0 alerts: none\n');
  });
});
