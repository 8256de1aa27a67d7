import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import { leakReported, revoked, run, scenarioOf, used } from '../../spec-kit/index.js';
import { leakedKeyReported } from './leaked-key-reported.rule.js';

const rule = scenarioOf(leakedKeyReported);
const report = (at: string) =>
  leakReported({ at, reporter: 'code-search', url: 'https://code.example/a/blob/main/.env' });

describe('leaked-key-reported fires', () => {
  it('for a report: critical, with who found it where', () => {
    rule.when(report('2026-03-01T10:00Z')).thenAlerts([
      {
        severity: 'critical',
        window: '2026-03-01',
        sentence:
          'Key key-1 was reported as leaked at 2026-03-01 10:00:00 UTC by code-search, found at ' +
          'https://code.example/a/blob/main/.env. Revoke or rotate it now, and see what it did since.',
        evidence: {
          facts: { reporter: 'code-search', url: 'https://code.example/a/blob/main/.env' },
          query:
            "SELECT *\nFROM key_changes\nWHERE tenant_id = 'default'\n  AND lane = 'live'\n  AND key_id = 'key-1'\n" +
            "  AND time >= '2026-03-01 00:00:00.000'\n  AND time <= '2026-03-01 23:59:59.999'\n" +
            "  AND change = 'leak-reported'\nORDER BY time, event_id",
        },
      },
    ]);
  });

  it('once a day, however many reports come', () => {
    rule
      .given(report('2026-03-01T10:00Z'))
      .when(report('2026-03-01T10:05Z'), report('2026-03-01T23:59Z'), report('2026-03-02T00:00Z'))
      .thenAlerts([{ window: '2026-03-02' }]);
  });

  it('as medium of a key that was revoked before, as critical of one that is revoked later', () => {
    const revocation = revoked({ at: '2026-03-01T10:00Z' });
    rule
      .given(revocation)
      .when(report('2026-03-01T10:00Z'))
      .thenAlerts([{ severity: 'medium', evidence: { facts: { revoked: true } } }]);
    rule.given(report('2026-03-01T09:59:59.999Z')).when(revocation).thenAlerts([]);
    rule
      .given(revocation)
      .when(report('2026-03-01T09:59:59.999Z'))
      .thenAlerts([{ severity: 'critical' }]);
  });
});

describe('leaked-key-reported', () => {
  it('is silent about requests and revocations', () => {
    rule
      .given(used({ at: '2026-03-01T10:00Z' }))
      .when(revoked({ at: '2026-03-01T10:00Z' }))
      .thenSilent();
  });

  it('stays within the stated bytes whatever arrives', () => {
    const engine = createEngine({ rules: [leakedKeyReported], recentIdentities: 0 });
    const arrivals = Array.from({ length: 100 }, (_, i) =>
      report(new Date(Date.UTC(2026, 0, 1) + ((i * 37) % 100) * 86_400_000).toISOString()),
    );
    const state = leakedKeyReported.initial();
    const [record] = run(engine, arrivals).records.values();
    const stored = JSON.stringify(
      leakedKeyReported.serialize((record?.states[0] ?? state) as never),
    );
    expect(stored.length).toBeLessThan(leakedKeyReported.stateBytes);
    expect(stored.length).toBeGreaterThan(leakedKeyReported.stateBytes / 4);
  });
});
