import { describe, expect, it } from '@jest/globals';
import { ms } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { unusedKey } from './unused-key.sweep.js';

const asOfMs = ms('2026-03-17T00:00Z');
const ROW = {
  tenant_id: 'acme',
  key_id: 'ak_1',
  lane: 'live',
  owner_id: '',
  owner_email: 'ada@example.org',
  owner_team: '',
  created_ms: ms('2025-12-01T00:00Z'),
  last_used_ms: ms('2026-03-01T00:00Z'),
  succeeded_ms: ms('2026-01-30T00:00Z'),
  requests: 40,
  as_of_ms: asOfMs,
  window: '2026-01-30/45d',
  since_ms: ms('2026-01-30T00:00Z'),
  idle_days: 46,
  milestone_days: 45,
};
const alertOf = (over: object = {}) =>
  alertsOfRow(unusedKey, { ...ROW, ...over }, unusedKey.settings.parse({}), { asOfMs })[0]?.alert;

describe('unused-key tells', () => {
  it('since when, that refused calls are no use, whose it is and what to do', () => {
    expect(alertOf()).toMatchObject({
      severity: 'low',
      window: '2026-01-30/45d',
      occurredAt: '2026-03-16T00:00:00.000Z',
      owner: { email: 'ada@example.org' },
      sentence:
        'Key ak_1 had no successful use for 46 days: the last was on 30 January 2026. Calls that failed do not count; ' +
        'the latest was on 1 March 2026. Revoke it if nobody needs it any more.',
    });
  });

  it('of a key that never succeeded since its creation, of an import up to where it ends', () => {
    const since = { succeeded_ms: 0, since_ms: ROW.created_ms };
    expect(alertOf(since)?.sentence).toContain('it was created on 1 December 2025.');
    expect(alertOf({ lane: 'import-1' })).toMatchObject({ historical: true });
    expect(alertOf({ lane: 'import-1' })?.sentence).toContain(
      'for 46 days up to the end of import-1 on 17 March 2026',
    );
  });
});
