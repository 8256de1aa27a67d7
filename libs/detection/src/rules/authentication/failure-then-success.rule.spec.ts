import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import * as kit from '../../spec-kit/index.js';
import { failureThenSuccess } from './failure-then-success.rule.js';

const { ms, revoked, rotated, run, scenarioOf, used } = kit;
const rule = scenarioOf(failureThenSuccess);
const start = ms('2026-03-01T10:00Z');
const ADDRESS = '192.0.2.7';

type Said = Partial<Parameters<typeof used>[0]>;
const many = (count: number, everyMs: number, data: Said = {}, fromMs = start) =>
  Array.from({ length: count }, (_, i) =>
    used({
      at: new Date(fromMs + i * everyMs).toISOString(),
      status: 401,
      sourceIp: ADDRESS,
      ...data,
    }),
  );
const served = (at: string, data: Said = {}) =>
  used({ at, status: 200, sourceIp: ADDRESS, ...data });

describe('failure-then-success fires', () => {
  it('for 10 failures and a success from the same address, naming both ends', () => {
    rule
      .given(...many(1, 0, { id: 'first' }), ...many(9, 5_000, {}, start + 5_000))
      .when(served('2026-03-01T10:01Z', { id: 'in' }))
      .thenAlerts([
        {
          rule: 'failure-then-success',
          window: 'success after failures',
          severity: 'high',
          occurredAt: '2026-03-01T10:01:00.000Z',
          sentence:
            'Address 192.0.2.7 failed at least 10 times with key key-1 (401 or 403) from 2026-03-01 10:00:00 and was served at ' +
            '2026-03-01 10:01:00 UTC. If it is no usual caller: rotate the key now and look at what it was served.',
          evidence: {
            firstEventId: 'first',
            lastEventId: 'in',
            facts: { failures: 10, address: ADDRESS },
          },
        },
      ]);
  });

  it('for failures of all kinds that each count', () => {
    rule
      .given(
        ...many(4, 1_000),
        ...many(3, 1_000, { status: 403, endpoint: '/a' }),
        ...many(3, 1_000, { status: 403, endpoint: '/b' }),
      )
      .when(served('2026-03-01T10:01Z', { status: 204 }))
      .thenAlerts([{}]);
  });

  it('when the success arrives before the failures', () => {
    rule
      .given(served('2026-03-01T10:02Z'))
      .when(...many(10, 1_000).map(({ event }) => ({ event, logTimeMs: ms('2026-03-01T10:10Z') })))
      .thenAlerts([{ occurredAt: '2026-03-01T10:02:00.000Z' }]);
  });

  it('once, whatever follows', () => {
    rule
      .given(...many(10, 1_000), served('2026-03-01T10:01Z'))
      .when(
        ...many(10, 1_000, { sourceIp: '192.0.2.9' }, start + 120_000),
        served('2026-03-01T10:03Z', { sourceIp: '192.0.2.9' }),
      )
      .thenSilent();
  });

  it('once while it goes on, from whichever addresses; anew after a quiet week', () => {
    const guess = (day: string, sourceIp: string) => [
      ...many(10, 1_000, { sourceIp }, ms(`2026-03-${day}T23:55Z`)),
      served(`2026-03-${day}T23:59Z`, { sourceIp }),
    ];
    rule
      .when(...guess('01', '192.0.2.7'), ...guess('02', '192.0.2.8'), ...guess('11', ADDRESS))
      .thenAlerts([
        { window: 'success after failures' },
        { window: 'success after failures, anew after 2026-03-02' },
      ]);
  });

  it('on the day of the success', () => {
    rule
      .given(...many(10, 1_000, {}, ms('2026-03-01T23:58Z')))
      .when(served('2026-03-02T00:01Z'))
      .thenAlerts([{ evidence: { facts: { day: '2026-03-02' } } }]);
  });

  it('whatever number of other addresses is served meanwhile', () => {
    const others = Array.from({ length: 30 }, (_, i) =>
      served('2026-03-01T10:00:30Z', { sourceIp: `10.0.0.${i}` }),
    );
    rule
      .given(...many(10, 1_000), ...others)
      .when(served('2026-03-01T10:01Z'))
      .thenAlerts([{}]);
  });
});

describe('failure-then-success is silent', () => {
  it('for 9 failures', () => {
    rule
      .given(...many(9, 1_000))
      .when(served('2026-03-01T10:01Z'))
      .thenSilent();
  });

  it('where the success came first', () => {
    rule
      .given(served('2026-03-01T10:00:00.000Z'))
      .when(...many(12, 100, {}, start + 1))
      .thenSilent();
  });

  it('at the same millisecond, and fires one later', () => {
    rule
      .given(...many(10, 0))
      .when(served('2026-03-01T10:00:00.000Z'))
      .thenSilent();
    rule
      .given(...many(10, 0))
      .when(served('2026-03-01T10:00:00.001Z'))
      .thenAlerts([{}]);
  });

  it('after the window: 10 whole minutes before that of the success', () => {
    rule
      .given(...many(10, 1_000))
      .when(served('2026-03-01T10:11:00Z'))
      .thenSilent();
    rule
      .given(...many(10, 1_000))
      .when(served('2026-03-01T10:10:59Z'))
      .thenAlerts([{}]);
  });

  it('where another address succeeds, or none is known', () => {
    rule
      .given(...many(20, 1_000))
      .when(served('2026-03-01T10:01Z', { sourceIp: '192.0.2.8' }))
      .thenSilent();
    rule
      .given(...many(20, 1_000, { sourceIp: '' }))
      .when(served('2026-03-01T10:01Z', { sourceIp: '' }))
      .thenSilent();
  });

  it('for a program that lacks one permission, and for wrong paths', () => {
    rule
      .given(...many(40, 5_000, { status: 403, endpoint: '/v1/admin' }))
      .when(served('2026-03-01T10:04Z'))
      .thenSilent();
    rule
      .given(...many(40, 5_000, { status: 404 }))
      .when(served('2026-03-01T10:04Z'))
      .thenSilent();
  });

  it('for failures that the key’s life explains', () => {
    rule
      .given(revoked({ at: '2026-03-01T09:00Z' }), ...many(20, 1_000))
      .when(served('2026-03-01T10:01Z'))
      .thenSilent();
    rule
      .given(
        rotated({ at: '2026-02-01T00:00Z', secretVersion: 2 }),
        ...many(20, 1_000, { secretVersion: 1 }),
      )
      .when(served('2026-03-01T10:01Z', { secretVersion: 2 }))
      .thenSilent();
  });
});

describe('failure-then-success settings', () => {
  it('fewer failures, a shorter window', () => {
    const strict = scenarioOf(failureThenSuccess, { settings: { failures: 3, windowMinutes: 1 } });
    strict
      .given(...many(3, 1_000))
      .when(served('2026-03-01T10:01:59Z'))
      .thenAlerts([{}]);
    strict
      .given(...many(3, 1_000))
      .when(served('2026-03-01T10:02Z'))
      .thenSilent();
  });

  it('only 401', () => {
    const strict = scenarioOf(failureThenSuccess, { settings: { sameEndpoint: 0 } });
    const forbidden = Array.from({ length: 20 }, (_, i) =>
      many(1, 0, { status: 403, endpoint: `/${i}` }, start + i * 1_000),
    ).flat();
    strict
      .given(...forbidden)
      .when(served('2026-03-01T10:01Z'))
      .thenSilent();
    rule
      .given(...forbidden)
      .when(served('2026-03-01T10:01Z'))
      .thenAlerts([{}]);
  });
});

describe('the state of failure-then-success', () => {
  it('stays within the stated bytes whatever arrives', () => {
    const nasty = '\u0001"'.repeat(60);
    const flood = Array.from({ length: 6_000 }, (_, i) =>
      used({
        at: new Date(start + i * 500).toISOString(),
        status: i % 2 === 0 ? 401 : 403,
        id: `${nasty}${i}`,
        endpoint: `${nasty}${i % 97}`,
        sourceIp: `${nasty}${i % 8}`,
      }),
    );
    for (const [latenessMs, failures] of [
      [15 * 60_000, 10],
      [24 * 3_600_000, 20],
    ] as const) {
      const engine = createEngine({
        rules: [failureThenSuccess],
        settings: { 'failure-then-success': { failures, windowMinutes: 15 } },
        latenessMs,
        recentIdentities: 0,
      });
      const { records } = run(engine, flood);
      const maxBytes = Math.max(
        ...[...records.values()].map((r) => Buffer.byteLength(engine.serialize(r))),
      );
      expect(maxBytes).toBeLessThan(failureThenSuccess.stateBytes);
      expect(maxBytes).toBeGreaterThan(20_000);
    }
  });

  it('takes about 50 bytes of a key that is served now and then from one address', () => {
    const engine = createEngine({ rules: [failureThenSuccess], recentIdentities: 0 });
    const quiet = Array.from({ length: 20 }, (_, i) =>
      served(new Date(start + i * 3_600_000).toISOString()),
    );
    expect(run(engine, quiet, true).maxBytes).toBeLessThan(150);
  });
});
