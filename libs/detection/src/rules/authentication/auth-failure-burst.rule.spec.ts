import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import * as kit from '../../spec-kit/index.js';
import { authFailureBurst } from './auth-failure-burst.rule.js';

const { created, disabled, ms, revoked, rotated, run, scenarioOf, used } = kit;
const rule = scenarioOf(authFailureBurst);
const start = ms('2026-03-01T10:00Z');

/** So many requests, `everyMs` apart. */
const many = (
  count: number,
  everyMs: number,
  data: Partial<Parameters<typeof used>[0]> = { status: 401 },
  fromMs = start,
) =>
  Array.from({ length: count }, (_, i) =>
    used({ at: new Date(fromMs + i * everyMs).toISOString(), ...data }),
  );

describe('auth-failure-burst fires', () => {
  it('for 20 refusals within ten minutes, with what to look at', () => {
    rule
      .given(...many(19, 30_000, { status: 401, sourceIp: '192.0.2.7', endpoint: '/v1/orders' }))
      .when(
        used({
          at: '2026-03-01T10:09:40Z',
          id: 'last',
          status: 403,
          sourceIp: '192.0.2.8',
          endpoint: '/v1/admin',
        }),
      )
      .thenAlerts([
        {
          rule: 'auth-failure-burst',
          window: 'refusals',
          severity: 'medium',
          sentence:
            'Key key-1 was refused 20 times (401 or 403) in the 10 minutes from 2026-03-01 10:00:00 UTC. ' +
            'See from which addresses and at which endpoints: rotate the key if somebody guesses or feels out what it may do; else mend the client.',
          evidence: {
            lastEventId: 'last',
            facts: { refusals: 20, lastAddress: '192.0.2.8', lastEndpoint: '/v1/admin' },
          },
        },
      ]);
  });

  it('for refusals that only have an outcome', () => {
    rule
      .given(...many(10, 1_000, { outcome: 'forbidden' }))
      .when(...many(10, 1_000, { outcome: 'invalid-key' }))
      .thenAlerts([{}]);
  });

  it('again each time the burst has doubled, as the same alert', () => {
    const alerts = run(createEngine({ rules: [authFailureBurst] }), many(90, 1_000)).alerts;
    expect(alerts.map(({ alert }) => alert.evidence.facts['refusals'])).toEqual([20, 40, 80]);
    expect(new Set(alerts.map(({ alert }) => alert.alertId)).size).toBe(1);
  });

  it('once for a burst across midnight', () => {
    rule
      .given(...many(19, 10_000, { status: 401 }, ms('2026-03-01T23:58Z')))
      .when(...many(5, 1_000, { status: 401 }, ms('2026-03-02T00:02Z')))
      .thenAlerts([{ window: 'refusals' }]);
  });

  it('once for bursts that go on for weeks, whichever address they come from; anew after a quiet week', () => {
    const bursts = ['01', '02', '03', '09', '17', '26'].flatMap((day, i) =>
      many(20, 1_000, { status: 403, sourceIp: `192.0.${i}.1` }, ms(`2026-03-${day}T23:59:30Z`)),
    );
    rule
      .when(...bursts)
      .thenAlerts([{ window: 'refusals' }, { window: 'refusals, anew after 2026-03-17' }]);
  });

  it('when the earliest of them arrives last', () => {
    rule
      .given(...many(19, 10_000, { status: 401 }, start + 60_000))
      .when(used({ at: '2026-03-01T10:00Z', arrives: '2026-03-01T10:14Z', status: 401 }))
      .thenAlerts([{ occurredAt: '2026-03-01T10:00:00.000Z' }]);
  });
});

describe('auth-failure-burst is silent', () => {
  it('for 19', () => {
    rule.when(...many(19, 1_000)).thenSilent();
  });

  it('where the twentieth comes after the window', () => {
    rule
      .given(...many(19, 1_000))
      .when(used({ at: '2026-03-01T10:10:00Z', status: 401 }))
      .thenSilent();
    rule
      .given(...many(19, 1_000))
      .when(used({ at: '2026-03-01T10:09:59.999Z', status: 401 }))
      .thenAlerts([{}]);
  });

  it('for success, wrong paths, limits and errors of the server', () => {
    for (const status of [200, 204, 404, 429, 500])
      rule.when(...many(25, 1_000, { status })).thenSilent();
  });

  it('for 24 hours after the key has expired, been revoked or been disabled, not later', () => {
    const at = '2026-03-01T09:00Z';
    for (const end of [
      created({ at: '2026-02-01T00:00Z', expiresAt: '2026-03-01T09:00:00Z' }),
      revoked({ at }),
      disabled({ at }),
    ]) {
      rule
        .given(end)
        .when(...many(25, 1_000))
        .thenSilent();
      rule
        .given(end)
        .when(...many(25, 1_000, { status: 401 }, ms('2026-03-02T09:00Z')))
        .thenAlerts([{}]);
    }
  });

  it('for a secret from before the last rotation', () => {
    const rotation = rotated({ at: '2026-02-01T00:00Z', secretVersion: 3 });
    rule
      .given(rotation)
      .when(...many(25, 1_000, { status: 401, secretVersion: 2 }))
      .thenSilent();
    rule
      .given(rotation)
      .when(...many(20, 1_000, { status: 401, secretVersion: 3 }))
      .thenAlerts([{}]);
  });

  it('for refusals that come hours late', () => {
    rule
      .given(...many(19, 1_000), used({ at: '2026-03-01T15:00Z', status: 200 }))
      .when(used({ at: '2026-03-01T15:01Z', status: 401 }))
      .thenSilent();
    rule
      .given(used({ at: '2026-03-01T15:00Z', status: 200 }))
      .when(...many(25, 1_000).map(({ event }) => ({ event, logTimeMs: ms('2026-03-01T15:00Z') })))
      .inThisOrderOnly('the case is about late events')
      .thenSilent();
  });
});

describe('auth-failure-burst settings', () => {
  it('another threshold and window', () => {
    const settings = { failures: 5, windowMinutes: 1 };
    const strict = scenarioOf(authFailureBurst, { settings });
    strict.when(...many(5, 10_000)).thenAlerts([{ evidence: { facts: { windowMinutes: 1 } } }]);
    strict.when(...many(5, 20_000)).thenSilent();
  });

  it('403 left out', () => {
    const only401 = scenarioOf(authFailureBurst, { settings: { countForbidden: false } });
    only401.when(...many(30, 1_000, { status: 403 })).thenSilent();
    only401.when(...many(20, 1_000)).thenAlerts([{}]);
  });
});

describe('the state of auth-failure-burst', () => {
  it('stays within the stated bytes whatever arrives, and is empty for a key that is served', () => {
    const nasty = '\u0001"'.repeat(100);
    const flood = Array.from({ length: 2_000 }, (_, i) =>
      used({
        at: new Date(start + i * 10_000).toISOString(),
        status: 401,
        id: `${nasty}${i}`,
        endpoint: nasty,
      }),
    );
    for (const latenessMs of [15 * 60_000, 24 * 3_600_000]) {
      const engine = createEngine({
        rules: [authFailureBurst],
        latenessMs,
        recentIdentities: 0,
      });
      const { records } = run(engine, flood);
      const maxBytes = Math.max(
        ...[...records.values()].map((r) => Buffer.byteLength(engine.serialize(r))),
      );
      expect(maxBytes).toBeLessThan(authFailureBurst.stateBytes);
      expect(maxBytes).toBeGreaterThan(3_000);
    }
    expect(authFailureBurst.serialize(authFailureBurst.initial())).toBeUndefined();
  });
});
