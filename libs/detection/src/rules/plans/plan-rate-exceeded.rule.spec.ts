import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import * as kit from '../../spec-kit/index.js';
import { planRateExceeded } from './plan-rate-exceeded.rule.js';

const { created, ms, run, scenarioOf, used, disabled } = kit;
/** A plan of 10 a minute: 12 pass, 13 are low, 30 are medium. */
const settings = { perMinuteByPlan: { tiny: 10 } };
const rule = scenarioOf(planRateExceeded, { settings });
const start = ms('2026-03-01T10:00Z');
const tiny = created({ at: '2026-02-01T00:00Z', plan: 'Tiny' });

const many = (count: number, fromMs = start, everyMs = 100) =>
  Array.from({ length: count }, (_, i) =>
    used({ at: new Date(fromMs + i * everyMs).toISOString(), status: 200 }),
  );
/** So many in each of the minutes. */
const minutes = (...counts: number[]) =>
  counts.flatMap((count, i) => many(count, start + i * 60_000));

describe('plan-rate-exceeded fires', () => {
  it('low for one more than limit and burst in 60 seconds', () => {
    rule
      .given(tiny, ...many(12))
      .when(used({ at: '2026-03-01T10:00:59.999Z', id: 'last', status: 429 }))
      .thenAlerts([
        {
          rule: 'plan-rate-exceeded',
          window: '2026-03-01',
          severity: 'low',
          sentence:
            'Key key-1 made 13 requests in the 60 seconds from 2026-03-01 10:00:00 UTC; plan tiny gives 10 a minute. ' +
            'See who calls: ask the owner to slow the client down or take a larger plan; rotate the key if the caller is foreign.',
          evidence: {
            lastEventId: 'last',
            facts: { plan: 'tiny', limitPerMinute: 10, requestsInMinute: 13, timesTheLimit: 1.3 },
          },
        },
      ]);
  });

  it('medium at three times the limit', () => {
    rule
      .given(tiny, ...many(29))
      .when(...many(1, start + 3_000))
      .thenAlerts([{ severity: 'medium', evidence: { facts: { timesTheLimit: 3 } } }]);
  });

  it('medium when it goes on for minutes, also where one dips to 80 %', () => {
    const three = scenarioOf(planRateExceeded, { settings: { ...settings, minutesInARow: 3 } });
    three
      .given(tiny, ...minutes(13, 10, 9))
      .when(...many(1, start + 3 * 60_000 - 1))
      .thenAlerts([{ severity: 'medium', evidence: { facts: { minutesInARow: 3 } } }]);
    three
      .given(tiny, ...minutes(13, 9))
      .when(...many(13, start + 120_000), ...many(13, start + 180_000))
      .thenSilent();
  });

  it('medium after five minutes in a row by default, low before', () => {
    const engine = createEngine({
      rules: [planRateExceeded],
      settings: { 'plan-rate-exceeded': settings },
    });
    const severities = (...counts: number[]) =>
      run(engine, [tiny, ...minutes(...counts)]).alerts.map(({ alert }) => alert.severity);
    expect(severities(13, 13, 13, 13)).toEqual(['low']);
    expect(severities(13, 13, 13, 13, 13)).toEqual(['low', 'medium']);
    expect(severities(13, 13, 9, 13, 13, 13)).toEqual(['low']);
  });

  it('again when it has doubled', () => {
    const engine = createEngine({
      rules: [planRateExceeded],
      settings: { 'plan-rate-exceeded': settings },
    });
    const { alerts } = run(engine, [tiny, ...many(60)]);
    expect(
      alerts.map(({ alert }) => [alert.severity, alert.evidence.facts['requestsInMinute']]),
    ).toEqual([
      ['low', 13],
      ['low', 24],
      ['medium', 30],
      ['medium', 48],
    ]);
  });

  it('on the day on which the minute began, once', () => {
    rule
      .given(tiny, ...many(12, ms('2026-03-01T23:59:30Z')))
      .when(...many(3, ms('2026-03-02T00:00:05Z')))
      .thenAlerts([{ window: '2026-03-01' }]);
  });

  it('for requests that arrived before the creation which names the plan', () => {
    const late = created({ at: '2026-03-01T09:59Z', arrives: '2026-03-01T10:05Z', plan: 'tiny' });
    rule
      .given(...many(13))
      .when(late)
      .thenAlerts([{ severity: 'low', occurredAt: '2026-03-01T09:59:00.000Z' }]);
  });

  it('at the limits of the known plans', () => {
    for (const [plan, passing] of [
      ['free', 72],
      ['pro', 720],
    ] as const) {
      const engine = createEngine({ rules: [planRateExceeded] });
      const plans = created({ at: '2026-02-01T00:00Z', plan });
      expect(run(engine, [plans, ...many(passing, start, 50)]).alerts).toHaveLength(0);
      expect(run(engine, [plans, ...many(passing + 1, start, 50)]).alerts).toHaveLength(1);
    }
  });
});

describe('plan-rate-exceeded is silent', () => {
  it('at the limit with its burst', () => {
    rule
      .given(tiny)
      .when(...many(12))
      .thenSilent();
  });

  it('where the next comes after the minute', () => {
    rule
      .given(tiny, ...many(12))
      .when(used({ at: '2026-03-01T10:01:00Z' }))
      .thenSilent();
  });

  it('where the plan is unknown or has no limit', () => {
    rule.when(...many(50)).thenSilent();
    for (const plan of ['', 'custom', 'constructor']) {
      rule
        .given(created({ at: '2026-02-01T00:00Z', plan }))
        .when(...many(50))
        .thenSilent();
    }
  });

  it('for lifecycle events that leave the plan as it is', () => {
    rule
      .given(tiny, ...many(13))
      .when(disabled({ at: '2026-03-01T10:02Z' }))
      .thenSilent();
  });
});

describe('plan-rate-exceeded settings', () => {
  it('another burst, and another factor for medium', () => {
    const strict = scenarioOf(planRateExceeded, {
      settings: { ...settings, burst: 1, farTimes: 2 },
    });
    strict
      .given(tiny)
      .when(...many(11))
      .thenAlerts([{ severity: 'low' }]);
    strict
      .given(tiny, ...many(19))
      .when(...many(1))
      .thenAlerts([{ severity: 'medium' }]);
  });
});

describe('the state of plan-rate-exceeded', () => {
  it('stays within the stated bytes whatever arrives', () => {
    const flood = Array.from({ length: 2_000 }, (_, i) =>
      many(3, start + i * 10_000, 1_000),
    ).flat();
    for (const latenessMs of [15 * 60_000, 24 * 3_600_000]) {
      const engine = createEngine({
        rules: [planRateExceeded],
        latenessMs,
        recentIdentities: 0,
      });
      const { records } = run(engine, flood);
      const maxBytes = Math.max(
        ...[...records.values()].map((r) => Buffer.byteLength(engine.serialize(r))),
      );
      expect(maxBytes).toBeLessThan(planRateExceeded.stateBytes);
    }
  });
});
