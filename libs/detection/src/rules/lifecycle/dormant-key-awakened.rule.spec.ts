import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import { created, disabled, run, scenarioOf, used } from '../../spec-kit/index.js';
import { dormantKeyAwakened } from './dormant-key-awakened.rule.js';

const rule = scenarioOf(dormantKeyAwakened);
const use = (at: string, sourceIp = '192.0.2.7', key = 'key-1') =>
  used({ at, sourceIp, key, status: 200 });
const last = use('2026-01-10T10:00Z');

describe('dormant-key-awakened fires', () => {
  it('for the first use after 30 days of silence: medium from a known network', () => {
    rule
      .given(use('2026-01-09T10:00Z', '198.51.100.1'), last)
      .when(use('2026-03-01T10:00Z', '192.0.2.99'))
      .thenAlerts([
        {
          severity: 'medium',
          window: 'silent since 2026-01-10',
          sentence:
            'Key key-1 was used at 2026-03-01 10:00:00 UTC after 50 days of silence, from 192.0.2.99. Ask its owner ' +
            'whether they started something again; if not, revoke it and see what it did.',
          evidence: {
            facts: {
              silentDays: 50,
              newNetwork: false,
              networksBefore: ['192.0.2.0/24', '198.51.100.0/24'],
            },
          },
        },
      ]);
  });

  it('as high from a network that it was not used from before', () => {
    rule
      .given(last)
      .when(use('2026-03-01T10:00Z', '203.0.113.1'))
      .thenAlerts([{ severity: 'high', evidence: { facts: { newNetwork: true } } }]);
  });

  it('once a silence; higher when a new network joins within the lateness, not later', () => {
    rule
      .given(last)
      .when(
        use('2026-03-01T10:00Z'),
        use('2026-03-01T10:05Z', '203.0.113.1'),
        use('2026-03-01T10:06Z', '203.0.114.1'),
        use('2026-03-01T11:00Z', '203.0.115.1'),
        use('2026-04-15T10:00Z', '203.0.113.1'),
      )
      .thenAlerts([
        { window: 'silent since 2026-01-10', severity: 'medium' },
        { window: 'silent since 2026-01-10', severity: 'high' },
        { window: 'silent since 2026-03-01', severity: 'medium' },
      ]);
  });

  it('over midnight as one alert, in any order', () => {
    rule
      .given(last)
      .when(use('2026-02-28T23:58Z', '203.0.113.1'), use('2026-03-01T00:05Z', '203.0.113.1'))
      .thenAlerts([{ window: 'silent since 2026-01-10', severity: 'high' }]);
  });

  it('for a refusal of what it may do (403): the secret was good', () => {
    rule
      .given(last)
      .when(used({ at: '2026-03-01T10:00Z', status: 403 }))
      .thenAlerts([{ severity: 'medium' }]);
  });
});

describe('dormant-key-awakened is silent', () => {
  it('up to 30 days, and after the setting', () => {
    rule.given(last).when(use('2026-02-09T10:00Z')).thenSilent();
    rule.given(last).when(use('2026-02-09T10:00:00.001Z')).thenAlerts([{}]);
    scenarioOf(dormantKeyAwakened, { settings: { silenceDays: 60 } })
      .given(last)
      .when(use('2026-03-01T10:00Z'))
      .thenSilent();
  });

  it('about the first use of a key, however old, and about uses of which none was accepted', () => {
    rule
      .given(created({ at: '2025-01-01T00:00Z' }))
      .when(use('2026-03-01T10:00Z'))
      .thenSilent();
    rule
      .given(last)
      .when(
        used({ at: '2026-03-01T10:00Z', status: 401 }),
        used({ at: '2026-03-01T10:00Z', status: 401, outcome: 'revoked-key' }),
        used({ at: '2026-03-01T10:00Z', status: 403, outcome: 'invalid-key' }),
        disabled({ at: '2026-03-01T10:00Z' }),
      )
      .thenSilent();
  });

  it('about temporary keys and keys tagged as quarterly jobs', () => {
    const quarterly = { at: '2025-12-01T00:00Z', tags: ['quarterly-job'] };
    rule.given(created(quarterly), last).when(use('2026-03-01T10:00Z')).thenSilent();
    const temporary = { at: '2025-12-01T00:00Z', kind: 'temporary' } as const;
    rule.given(created(temporary), last).when(use('2026-03-01T10:00Z')).thenSilent();
    const sts = (at: string) => use(at, '192.0.2.7', 'ASIAEXAMPLE');
    rule.given(sts('2026-01-10T10:00Z')).when(sts('2026-03-01T10:00Z')).thenSilent();
  });

  it('about a line of an import without a time, which stands at the day of the import', () => {
    const lane = 'old-log';
    rule
      .given(used({ lane, at: '2025-01-10T10:00Z', arrives: '2026-03-01T10:00Z' }))
      .when(used({ lane, arrives: '2026-03-01T10:00Z' }))
      .inThisOrderOnly('the event has no time that an order could be about')
      .thenSilent();
  });

  it('about a key that was used all the time', () => {
    const days = Array.from({ length: 50 }, (_, i) =>
      use(new Date(Date.UTC(2026, 0, 10) + i * 86_400_000).toISOString(), `192.0.${i}.1`),
    );
    rule
      .given(last)
      .when(...days)
      .thenSilent();
  });
});

describe('the state of dormant-key-awakened', () => {
  const engine = createEngine({ rules: [dormantKeyAwakened], recentIdentities: 0 });

  it('stays within the stated bytes whatever arrives', () => {
    const nasty = '\u0001'.repeat(200);
    const arrivals = Array.from({ length: 300 }, (_, i) =>
      use(
        new Date(Date.UTC(2026, 0, 1) + i * 40 * 3_600_000 * (1 + (i % 40))).toISOString(),
        `${nasty}${i}`,
      ),
    );
    const { maxBytes } = run(engine, arrivals, true);
    expect(maxBytes).toBeLessThan(dormantKeyAwakened.stateBytes);
    expect(maxBytes).toBeGreaterThan(dormantKeyAwakened.stateBytes / 4);
  });

  it('is nothing of keys that were never accepted: they are forgotten with the lateness, others after 90 days', () => {
    const known = (status: number) => {
      const [record] = run(engine, [used({ at: '2026-03-01T10:00Z', status })]).records.values();
      if (record === undefined) throw new Error('no record');
      return record;
    };
    const at = Date.UTC(2026, 2, 1, 10, 0, 1);
    expect(engine.expired(known(401), at + 15 * 60_000 + 1)).toBe(true);
    expect(engine.expired(known(200), at + 90 * 86_400_000)).toBe(false);
    expect(engine.expired(known(200), at + 90 * 86_400_000 + 15 * 60_000 + 1)).toBe(true);
  });
});
