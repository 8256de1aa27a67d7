import { describe, it } from '@jest/globals';
import { created, scenarioOf, used } from '../../spec-kit/index.js';
import { multiEnvironmentUse } from './multi-environment-use.rule.js';

const rule = scenarioOf(multiEnvironmentUse);
const production = (at: string) => used({ at, environment: 'production' });
const staging = (at: string) => used({ at, environment: 'staging' });
const test = (at: string) => used({ at, environment: 'test' });

describe('multi-environment-use fires', () => {
  it('for two environments on one day, with who and where as evidence', () => {
    rule
      .given(
        used({ at: '2026-03-01T08:00Z', environment: 'staging', id: 'a', sourceIp: '10.0.0.1' }),
      )
      .when(used({ at: '2026-03-01T12:00Z', environment: 'test', id: 'b', sourceIp: '10.0.0.2' }))
      .thenAlerts([
        {
          rule: 'multi-environment-use',
          window: '2026-03-01',
          severity: 'medium',
          keyId: 'key-1',
          historical: false,
          occurredAt: '2026-03-01T12:00:00.000Z',
          detectedAt: '2026-03-01T12:00:01.000Z',
          sentence:
            'Key key-1 was used in staging and test within 24 hours of each other, last on 1 March 2026 (UTC). ' +
            'Give each environment a key of its own; if this is meant, list them as allowed environments of the key.',
          evidence: {
            firstEventId: 'a',
            lastEventId: 'b',
            facts: {
              environments: ['staging', 'test'],
              useCount: 2,
              addresses: ['10.0.0.1', '10.0.0.2'],
              uses: [
                'staging on 2026-03-01: 1 use at 08:00:00 UTC, from 10.0.0.1',
                'test on 2026-03-01: 1 use at 12:00:00 UTC, from 10.0.0.2',
              ],
            },
          },
        },
      ]);
  });

  it('across midnight, on the day of the later use', () => {
    rule
      .given(staging('2026-03-01T20:00Z'))
      .when(test('2026-03-02T04:00Z'))
      .thenAlerts([{ window: '2026-03-02', severity: 'medium' }]);
  });

  it('exactly 24 hours apart', () => {
    rule
      .given(staging('2026-03-01T20:00:00.000Z'))
      .when(test('2026-03-02T20:00:00.000Z'))
      .thenAlerts([{ window: '2026-03-02' }]);
  });

  it('for the last use in one environment and the first in the other, whatever lies around them', () => {
    rule
      .given(staging('2026-03-01T03:00Z'), staging('2026-03-01T20:00Z'))
      .when(test('2026-03-02T19:59Z'), test('2026-03-02T23:00Z'))
      .thenAlerts([{ window: '2026-03-02' }]);
  });

  it('on each day that it goes on, once', () => {
    rule
      .given(staging('2026-03-01T08:00Z'), test('2026-03-01T09:00Z'), staging('2026-03-01T10:00Z'))
      .when(staging('2026-03-02T08:00Z'), test('2026-03-02T09:00Z'), staging('2026-03-02T10:00Z'))
      .thenAlerts([{ window: '2026-03-02' }]);
  });

  it('again when a third environment joins', () => {
    rule
      .given(staging('2026-03-01T08:00Z'), test('2026-03-01T12:00Z'))
      .when(used({ at: '2026-03-01T14:00Z', environment: 'dev' }))
      .thenAlerts([
        { severity: 'medium', evidence: { facts: { environments: ['dev', 'staging', 'test'] } } },
      ]);
  });

  it('in the night when clocks change: days are those of UTC and have 24 hours', () => {
    rule
      .given(staging('2026-03-29T00:30+01:00'))
      .when(test('2026-03-30T00:30+02:00'))
      .thenAlerts([{ window: '2026-03-29' }]);
  });

  it('as historical for an import of old logs', () => {
    rule
      .given(used({ at: '2021-03-01T08:00Z', environment: 'a', lane: 'import-1' }))
      .when(used({ at: '2021-03-01T09:00Z', environment: 'b', lane: 'import-1' }))
      .thenAlerts([{ lane: 'import-1', historical: true }]);
  });
});

describe('multi-environment-use is high', () => {
  it('when production and another come within the hour', () => {
    rule
      .given(production('2026-03-01T10:00Z'))
      .when(staging('2026-03-01T11:00Z'))
      .thenAlerts([{ severity: 'high', evidence: { facts: { withinMinutes: 60 } } }]);
  });

  it('not one millisecond later', () => {
    rule
      .given(production('2026-03-01T10:00:00.000Z'))
      .when(staging('2026-03-01T11:00:00.001Z'))
      .thenAlerts([{ severity: 'medium' }]);
  });

  it('not without production', () => {
    rule
      .given(staging('2026-03-01T10:00Z'))
      .when(test('2026-03-01T10:01Z'))
      .thenAlerts([{ severity: 'medium' }]);
  });

  it('across midnight too', () => {
    rule
      .given(production('2026-03-01T23:50Z'))
      .when(staging('2026-03-02T00:10Z'))
      .thenAlerts([{ window: '2026-03-02', severity: 'high' }]);
  });

  it('later, when the uses come closer than at first', () => {
    rule
      .given(production('2026-03-01T02:00Z'), staging('2026-03-01T10:00Z'))
      .when(production('2026-03-01T10:30Z'), staging('2026-03-01T10:40Z'))
      .thenAlerts([{ severity: 'high' }]);
  });

  it('for names of production in any case and with a suffix, not for names that only begin alike', () => {
    rule
      .given(used({ at: '2026-03-01T10:00Z', environment: 'PROD-eu' }))
      .when(staging('2026-03-01T10:30Z'))
      .thenAlerts([{ severity: 'high' }]);
    rule
      .given(used({ at: '2026-03-01T10:00Z', environment: 'products' }))
      .when(staging('2026-03-01T10:30Z'))
      .thenAlerts([{ severity: 'medium' }]);
  });
});

describe('multi-environment-use is silent', () => {
  it('for one environment', () => {
    rule.given(staging('2026-03-01T08:00Z')).when(staging('2026-03-01T09:00Z')).thenSilent();
  });

  it('one millisecond beyond 24 hours', () => {
    rule
      .given(staging('2026-03-01T19:59:59.999Z'))
      .when(test('2026-03-02T20:00:00.000Z'))
      .thenSilent();
  });

  it('where the request names no environment', () => {
    rule
      .given(staging('2026-03-01T08:00Z'))
      .when(used({ at: '2026-03-01T09:00Z' }), used({ at: '2026-03-01T10:00Z', environment: ' ' }))
      .thenSilent();
  });

  it('between environments that are both allowed', () => {
    rule
      .given(
        created({
          at: '2026-02-01T00:00Z',
          environment: 'production',
          allowedEnvironments: ['staging'],
        }),
        production('2026-03-01T08:00Z'),
      )
      .when(staging('2026-03-01T09:00Z'))
      .thenSilent();
  });

  it('between different keys, tenants and lanes', () => {
    rule
      .given(staging('2026-03-01T08:00Z'))
      .when(
        used({ at: '2026-03-01T09:00Z', environment: 'test', key: 'key-2' }),
        used({ at: '2026-03-01T09:00Z', environment: 'test', tenant: 'other' }),
        used({ at: '2026-03-01T09:00Z', environment: 'test', lane: 'import-1' }),
      )
      .thenSilent();
  });
});

describe('multi-environment-use and allowed environments', () => {
  const home = created({ at: '2026-02-01T00:00Z', environment: 'production' });

  it('fires for an allowed and a foreign one', () => {
    rule
      .given(home, production('2026-03-01T08:00Z'))
      .when(staging('2026-03-01T12:00Z'))
      .thenAlerts([{ evidence: { facts: { allowedEnvironments: ['production'] } } }]);
  });

  it('fires for two foreign ones', () => {
    rule.given(home, test('2026-03-01T08:00Z')).when(staging('2026-03-01T12:00Z')).thenAlerts([{}]);
  });

  it('takes no alert back when the allowance arrives late, and is quiet from then on', () => {
    const late = created({
      at: '2026-02-01T00:00Z',
      arrives: '2026-03-01T13:00Z',
      environment: 'production',
      allowedEnvironments: ['staging'],
    });
    rule
      .given(production('2026-03-01T08:00Z'), staging('2026-03-01T12:00Z'), late)
      .when(production('2026-03-02T08:00Z'), staging('2026-03-02T08:10Z'))
      .inThisOrderOnly('the allowance comes after the first uses')
      .thenSilent();
  });

  it('fires when a later creation withdraws an allowance', () => {
    const allowed = ['production', 'staging'];
    rule
      .given(
        created({ at: '2026-02-01T00:00Z', allowedEnvironments: allowed }),
        production('2026-03-01T08:00Z'),
        staging('2026-03-01T12:00Z'),
      )
      .when(created({ at: '2026-03-01T13:00Z', allowedEnvironments: ['production'] }))
      .inThisOrderOnly('the withdrawal comes after the uses')
      .thenAlerts([{ window: '2026-03-01' }]);
  });

  it('compares names that were cut because of their length', () => {
    const long = (end: string) => 'e'.repeat(200) + end;
    const at = '2026-02-01T00:00Z';
    const both = created({ at, allowedEnvironments: [long('a'), long('b')] });
    const uses = ['a', 'b'].map((end) => used({ at: '2026-03-01T08:00Z', environment: long(end) }));
    rule
      .given(both)
      .when(...uses)
      .thenSilent();
    rule.when(...uses).thenAlerts([{}]);
  });
});

describe('multi-environment-use out of order', () => {
  it('finds the pair when the earlier use arrives last', () => {
    rule
      .given(test('2026-03-01T12:00Z'))
      .when(
        used({ at: '2026-03-01T11:50Z', arrives: '2026-03-01T12:00:05Z', environment: 'staging' }),
      )
      .thenAlerts([{ window: '2026-03-01' }]);
  });

  it('finds yesterday’s pair when its use arrives just after midnight', () => {
    rule
      .given(test('2026-03-01T12:00Z'), test('2026-03-02T00:05Z'))
      .when(used({ at: '2026-03-01T23:59Z', arrives: '2026-03-02T00:06Z', environment: 'staging' }))
      .thenAlerts([{ window: '2026-03-01' }, { window: '2026-03-02' }]);
  });

  it('leaves a use alone that comes days late', () => {
    rule
      .given(test('2026-03-01T12:00Z'), test('2026-03-05T12:00Z'))
      .when(used({ at: '2026-03-01T13:00Z', arrives: '2026-03-05T12:01Z', environment: 'staging' }))
      .inThisOrderOnly('the case is about a late event')
      .thenSilent();
  });
});

describe('multi-environment-use settings', () => {
  it('a shorter window counts across midnight only', () => {
    const short = scenarioOf(multiEnvironmentUse, { settings: { windowHours: 6 } });
    short.given(staging('2026-03-01T20:00Z')).when(test('2026-03-02T02:01Z')).thenSilent();
    short.given(staging('2026-03-01T20:00Z')).when(test('2026-03-02T02:00Z')).thenAlerts([{}]);
    short.given(staging('2026-03-01T02:00Z')).when(test('2026-03-01T20:00Z')).thenAlerts([{}]);
  });

  it('a window of two days looks two days back', () => {
    const long = scenarioOf(multiEnvironmentUse, { settings: { windowHours: 48 } });
    long
      .given(staging('2026-03-01T20:00Z'))
      .when(test('2026-03-03T20:00Z'))
      .thenAlerts([{ window: '2026-03-03' }]);
    long.given(staging('2026-03-01T20:00Z')).when(test('2026-03-03T20:01Z')).thenSilent();
  });

  it('more environments to fire', () => {
    const three = scenarioOf(multiEnvironmentUse, { settings: { minEnvironments: 3 } });
    three
      .given(staging('2026-03-01T08:00Z'), test('2026-03-01T09:00Z'))
      .when(used({ at: '2026-03-01T10:00Z', environment: 'dev' }))
      .thenAlerts([{ evidence: { facts: { environments: ['dev', 'staging', 'test'] } } }]);
    three.given(staging('2026-03-01T08:00Z')).when(test('2026-03-01T09:00Z')).thenSilent();
  });
});
