import { describe, expect, it } from '@jest/globals';
import { ms } from '../spec-kit/index.js';
import { alertsOfRow } from '../sweep.js';
import { neverUsedKey } from './never-used-key.sweep.js';

const asOfMs = ms('2026-03-17T00:00Z');
const ROW = {
  tenant_id: 'acme',
  key_id: 'ak_1',
  lane: 'live',
  owner_id: '',
  owner_email: '',
  owner_team: '',
  created_ms: ms('2026-03-01T00:00Z'),
  last_used_ms: 0,
  succeeded_ms: 0,
  requests: 0,
  as_of_ms: asOfMs,
  window: '2026-03-01/never',
  age_days: 16,
};

describe('never-used-key tells', () => {
  it('when it was created and what to do', () => {
    const [event] = alertsOfRow(neverUsedKey, ROW, neverUsedKey.settings.parse({}), { asOfMs });
    expect(event?.alert).toMatchObject({
      severity: 'low',
      occurredAt: '2026-03-15T00:00:00.000Z',
      sentence:
        'Key ak_1 was created on 1 March 2026 and never used in 16 days. Revoke it if nobody is waiting for it.',
    });
    expect(event?.alert.owner).toBeUndefined();
  });
});
