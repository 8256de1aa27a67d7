import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import { disabled, revoked, run, scenarioOf, used } from '../../spec-kit/index.js';
import { revokedKeyUse } from './revoked-key-use.rule.js';

const rule = scenarioOf(revokedKeyUse);
const revocation = revoked({ at: '2026-03-01T10:00Z', id: 'r' });
const refused = (at: string, sourceIp = '192.0.2.7') =>
  used({ at, sourceIp, status: 401, outcome: 'revoked-key' });

describe('revoked-key-use fires', () => {
  it('for a refused use after the revocation: high, and says what to do', () => {
    rule
      .given(revocation)
      .when(
        used({
          at: '2026-03-01T10:05Z',
          id: 'u',
          sourceIp: '192.0.2.7',
          status: 401,
          userAgent: 'a',
        }),
      )
      .thenAlerts([
        {
          severity: 'high',
          window: 'in use',
          keyId: 'key-1',
          occurredAt: '2026-03-01T10:05:00.000Z',
          sentence:
            'Key key-1 was revoked at 2026-03-01 10:00:00 UTC and used again at 2026-03-01 10:05:00 UTC from ' +
            '192.0.2.0/24; the request was not served. Find out who still has it: move a forgotten client to the new ' +
            'key, block anybody else.',
          evidence: {
            facts: { networks: ['192.0.2.0/24'], served: false, address: '192.0.2.7', agent: 'a' },
            lastEventId: 'u',
            query:
              "SELECT *\nFROM requests\nWHERE tenant_id = 'default'\n  AND lane = 'live'\n  AND key_id = 'key-1'\n" +
              "  AND time >= '2026-03-01 10:01:00.001'\n  AND time <= '2026-03-08 09:59:59.999'\n" +
              "  AND source_address BETWEEN toIPv6('::ffff:192.0.2.0') AND toIPv6('::ffff:192.0.2.255')\n" +
              'ORDER BY time, event_id',
          },
        },
      ]);
  });

  it('as critical where it was served, by outcome or by status', () => {
    const outcome = used({ at: '2026-03-01T10:05Z', status: 500, outcome: 'allowed' });
    const status = used({ at: '2026-03-01T10:05Z', status: 204 });
    for (const use of [outcome, status]) {
      rule
        .given(revocation)
        .when(use)
        .thenAlerts([{ severity: 'critical' }]);
    }
  });

  it('once, each time the networks have doubled, and again where as many are served', () => {
    rule
      .given(revocation)
      .when(
        refused('2026-03-01T10:05Z'),
        refused('2026-03-01T10:06Z', '192.0.2.99'),
        used({ at: '2026-03-01T10:07Z', sourceIp: '192.0.2.8', status: 200 }),
        refused('2026-03-01T10:08Z', '2001:db8:7:1::1'),
        refused('2026-03-01T10:09Z', '2001:db8:7:2::1'),
        refused('2026-03-01T11:00Z'),
        refused('2026-03-08T09:59Z'),
      )
      .thenAlerts([
        { window: 'in use', severity: 'high' },
        { window: 'in use', severity: 'critical' },
        {
          window: '2 networks',
          severity: 'high',
          evidence: { facts: { networks: ['2001:db8:7::/48', '192.0.2.0/24'] } },
        },
      ]);
  });

  it('once more for each seven days since the revocation in which it goes on', () => {
    const uses = [
      refused('2026-03-01T10:05Z'),
      refused('2026-03-08T10:00Z'),
      refused('2026-03-14T10:00Z'),
    ];
    rule
      .given(revocation)
      .when(...uses, refused('2026-03-29T10:00Z', '192.0.2.1'))
      .thenAlerts([
        { window: 'in use' },
        { window: 'in use after 7 days' },
        { window: 'in use after 28 days' },
      ]);
    scenarioOf(revokedKeyUse, { settings: { againAfterDays: 30 } })
      .given(revocation)
      .when(...uses)
      .thenAlerts([{}]);
  });

  it('the same four times whichever of a dozen networks comes first', () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      used({
        at: `2026-03-01T10:${String(i + 5).padStart(2, '0')}Z`,
        sourceIp: `192.0.${i}.1`,
        status: i % 2 ? 200 : 403,
      }),
    );
    rule
      .given(revocation, ...many)
      .when(refused('2026-03-01T10:18Z', '198.51.100.9'))
      .thenSilent();
  });

  it('for uses that came before their revocation did', () => {
    rule
      .given(
        used({ at: '2026-03-01T10:55Z', sourceIp: '192.0.2.7', status: 200 }),
        used({ at: '2026-03-01T11:02Z', sourceIp: '192.0.2.7', status: 401 }),
        used({ at: '2026-03-01T11:03Z', sourceIp: '198.51.100.1', status: 401 }),
      )
      .when(revoked({ at: '2026-03-01T10:50Z', arrives: '2026-03-01T11:04Z' }))
      .thenAlerts([
        { window: 'in use', severity: 'critical' },
        { window: '2 networks', severity: 'high' },
      ]);
  });

  it('for a source that says nothing of its address, or a name', () => {
    rule
      .given(revocation)
      .when(
        used({ at: '2026-03-01T10:05Z', status: 403 }),
        used({ at: '2026-03-01T10:06Z', status: 403, sourceIp: 'lambda.example' }),
      )
      .thenAlerts([
        { window: 'in use' },
        {
          window: '2 networks',
          evidence: { facts: { networks: ['lambda.example', ''] } },
        },
      ]);
  });
});

describe('revoked-key-use is silent', () => {
  it('within the minute that a revocation may take to spread, and before it', () => {
    rule
      .given(revocation)
      .when(
        used({ at: '2026-03-01T09:59Z', status: 200 }),
        used({ at: '2026-03-01T10:01:00.000Z', status: 200 }),
      )
      .thenSilent();
    rule
      .given(revocation)
      .when(used({ at: '2026-03-01T10:01:00.001Z', status: 200 }))
      .thenAlerts([{}]);
    scenarioOf(revokedKeyUse, { settings: { graceSeconds: 300 } })
      .given(revocation)
      .when(used({ at: '2026-03-01T10:05Z', status: 200 }))
      .thenSilent();
  });

  it('about disabled keys, which can come back, and keys of which nothing is known', () => {
    rule
      .given(disabled({ at: '2026-03-01T10:00Z' }))
      .when(refused('2026-03-01T10:05Z'), refused('2026-03-01T18:05Z'))
      .thenSilent();
  });

  it('about another key or tenant than the revoked one', () => {
    rule
      .given(revocation)
      .when(
        used({ at: '2026-03-01T10:05Z', key: 'key-2', status: 200 }),
        used({ at: '2026-03-01T10:05Z', tenant: 'other', status: 200 }),
      )
      .thenSilent();
  });
});

describe('the state of revoked-key-use', () => {
  const engine = createEngine({ rules: [revokedKeyUse], recentIdentities: 0 });
  const minute = (i: number) => new Date(Date.UTC(2026, 2, 1, 10, i)).toISOString();

  const nasty = '\u0001'.repeat(200);
  const flood = Array.from({ length: 600 }, (_, i) =>
    used({ at: minute(5 + i / 5), sourceIp: `${nasty}${i}`, status: i % 2 === 0 ? 200 : 401 }),
  );

  it('tells of a flood of networks four times, and stays within the stated bytes', () => {
    const { alerts, maxBytes } = run(engine, [revocation, ...flood], true);
    expect(maxBytes).toBeLessThan(revokedKeyUse.stateBytes);
    expect(maxBytes).toBeGreaterThan(revokedKeyUse.stateBytes / 8);
    expect([...new Set(alerts.map(({ alert }) => alert.window))]).toEqual([
      'in use',
      '2 networks',
      '4 networks',
      '8 networks',
    ]);
  });

  it('counts networks after a revocation that comes after them, whatever came before it', () => {
    const late = revoked({ at: minute(120), arrives: minute(126) });
    const { alerts, maxBytes } = run(engine, [...flood, late], true);
    expect(maxBytes).toBeLessThan(revokedKeyUse.stateBytes);
    expect([...new Set(alerts.map(({ alert }) => alert.window))]).toEqual([
      'in use',
      '2 networks',
      '4 networks',
      '8 networks',
    ]);
  });

  it('takes about 40 bytes a network of the last quarter of an hour, and forgets those before it', () => {
    const at = (i: number, n: number) =>
      used({ at: minute(i), sourceIp: `192.0.${n}.1`, status: 200 });
    const uses = [at(0, 1), at(1, 2), at(2, 3), at(30, 4)];
    const [record] = run(engine, uses).records.values();
    expect(JSON.stringify(record?.states)).not.toContain('192.0.3.0');
    expect(run(engine, uses, true).maxBytes).toBeLessThan(240);
  });
});
