import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import { leakReported, ms, rotated, run, scenarioOf, used } from '../../spec-kit/index.js';
import { leakedKeyReported } from './leaked-key-reported.rule.js';
import { useAfterLeakReport } from './use-after-leak-report.rule.js';

const rule = scenarioOf(useAfterLeakReport);
const report = leakReported({ at: '2026-03-01T10:00Z', reporter: 'code-search' });
const use = (at: string, sourceIp = '192.0.2.7', secretVersion?: number) =>
  used({ at, sourceIp, status: 200, ...(secretVersion === undefined ? {} : { secretVersion }) });

describe('use-after-leak-report fires', () => {
  it('for any use after the report, and names the alert of the report', () => {
    const both = createEngine({ rules: [leakedKeyReported, useAfterLeakReport] });
    const [reported, after] = run(both, [report, use('2026-03-01T10:05Z')]).alerts;
    expect(after?.alert.evidence.facts['reportAlertId']).toBe(reported?.alert.alertId);
    rule
      .given(report)
      .when(use('2026-03-01T10:05Z'))
      .thenAlerts([
        {
          severity: 'critical',
          window: 'in use',
          sentence:
            'Key key-1 was reported as leaked at 2026-03-01 10:00:00 UTC and used after that at 2026-03-01 10:05:00 UTC ' +
            'from 192.0.2.0/24; the request was not refused. Revoke or rotate it now without grace, and see whether this ' +
            'caller is one of its owner’s.',
          evidence: {
            facts: { networks: ['192.0.2.0/24'], refused: false },
            query:
              "SELECT *\nFROM requests\nWHERE tenant_id = 'default'\n  AND lane = 'live'\n  AND key_id = 'key-1'\n" +
              "  AND time >= '2026-03-01 10:00:00.001'\n  AND time <= '2026-03-08 09:59:59.999'\n" +
              "  AND source_address BETWEEN toIPv6('::ffff:192.0.2.0') AND toIPv6('::ffff:192.0.2.255')\nORDER BY time, event_id",
          },
        },
      ]);
  });

  it('once, and each time the networks have doubled; again where none of so many is refused', () => {
    const refused = (at: string, sourceIp: string) => used({ at, sourceIp, status: 401 });
    rule
      .given(report)
      .when(
        use('2026-03-01T10:05Z'),
        use('2026-03-01T10:06Z', '192.0.2.8'),
        refused('2026-03-01T10:07Z', '198.51.100.1'),
        refused('2026-03-02T00:00Z', '198.51.100.2'),
        use('2026-03-03T00:00Z', '198.51.100.1'),
        use('2026-03-08T09:59Z'),
      )
      .thenAlerts([
        { window: 'in use', severity: 'critical' },
        { window: '2 networks', severity: 'high' },
        { window: '2 networks', severity: 'critical' },
      ]);
  });

  it('once more for each seven days since the report in which it goes on', () => {
    rule
      .given(report)
      .when(
        use('2026-03-01T10:05Z'),
        use('2026-03-08T10:00Z'),
        use('2026-03-09T10:00Z'),
        use('2026-03-22T10:00Z'),
      )
      .thenAlerts([
        { window: 'in use' },
        { window: 'in use after 7 days' },
        { window: 'in use after 21 days' },
      ]);
  });

  it('for uses that came before the report did', () => {
    rule
      .given(use('2026-03-01T09:59Z', '203.0.113.1'), use('2026-03-01T10:05Z'))
      .when(leakReported({ at: '2026-03-01T10:00Z', arrives: '2026-03-01T10:10Z' }))
      .thenAlerts([{ severity: 'critical', evidence: { facts: { networks: ['192.0.2.0/24'] } } }]);
  });

  it('for the leaked secret in the grace of a rotation after the report', () => {
    rule
      .given(report, rotated({ at: '2026-03-01T11:00Z', secretVersion: 2 }))
      .when(use('2026-03-01T12:00Z', '192.0.2.7', 1))
      .thenAlerts([{}]);
  });

  it('for a secret that was made after one report and before another', () => {
    rule
      .given(
        report,
        rotated({ at: '2026-03-01T11:00Z', secretVersion: 2 }),
        use('2026-03-01T11:30Z', '192.0.2.7', 2),
        leakReported({ at: '2026-03-01T12:00Z' }),
      )
      .when(use('2026-03-01T12:30Z', '192.0.2.7', 2))
      .thenAlerts([
        {
          window: 'in use, secret v2',
          evidence: { facts: { reportedAt: '2026-03-01T12:00:00.000Z' } },
        },
      ]);
  });
});

describe('use-after-leak-report is silent', () => {
  it('about uses up to the report', () => {
    rule.given(report).when(use('2026-03-01T09:55Z'), use('2026-03-01T10:00Z')).thenSilent();
    rule.given(report).when(use('2026-03-01T10:00:00.001Z')).thenAlerts([{}]);
  });

  it('about secrets that were made after it', () => {
    rule
      .given(report, rotated({ at: '2026-03-01T11:00Z', secretVersion: 2 }))
      .when(use('2026-03-01T12:00Z', '192.0.2.7', 2), use('2026-03-09T12:00Z', '192.0.2.7', 3))
      .thenSilent();
  });

  it('after the grace of a rotation where requests name no version', () => {
    const rotation = rotated({ at: '2026-03-01T11:00Z', graceEndsAt: '2026-03-01T12:00:00Z' });
    rule.given(report, rotation).when(use('2026-03-01T12:00:00.001Z')).thenSilent();
    rule.given(report, rotation).when(use('2026-03-01T12:00Z')).thenAlerts([{}]);
  });

  it('about keys that nobody reported', () => {
    rule.when(use('2026-03-01T10:00Z'), use('2026-03-02T10:00Z')).thenSilent();
  });
});

describe('the state of use-after-leak-report', () => {
  it('stays within the stated bytes whatever arrives', () => {
    const engine = createEngine({ rules: [useAfterLeakReport], recentIdentities: 0 });
    const at = (minutes: number) =>
      new Date(ms('2026-03-01T10:00Z') + minutes * 60_000).toISOString();
    const nasty = '\u0001'.repeat(200);
    const flood = Array.from({ length: 100 }, (_, i) => [
      ...Array.from({ length: 9 }, (__, n) => [
        use(at(i * 7), `${nasty}${n}`, i),
        used({ at: at(i * 7), sourceIp: `${nasty}${n + 9}`, secretVersion: i, status: 401 }),
      ]).flat(),
      leakReported({ at: at(i * 7) }),
      rotated({ at: at(i * 7), secretVersion: i, graceEndsAt: at(i * 8) }),
    ]).flat();
    const { maxBytes, alerts } = run(engine, flood, true);
    expect(maxBytes).toBeLessThan(useAfterLeakReport.stateBytes);
    expect(maxBytes).toBeGreaterThan(useAfterLeakReport.stateBytes / 8);
    const told = alerts.map(({ alert }) => `${alert.window} ${alert.severity}`);
    expect(new Set(told).size).toBe(told.length);
  });
});
