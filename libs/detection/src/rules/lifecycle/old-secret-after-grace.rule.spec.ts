import { describe, expect, it } from '@jest/globals';
import { createEngine } from '../../engine/engine.js';
import { rotated, run, scenarioOf, used } from '../../spec-kit/index.js';
import { oldSecretAfterGrace } from './old-secret-after-grace.rule.js';

const rule = scenarioOf(oldSecretAfterGrace);
const rotation = rotated({
  at: '2026-03-01T08:00Z',
  secretVersion: 2,
  previousVersion: 1,
  graceEndsAt: '2026-03-02T08:00:00Z',
});
const use = (at: string, secretVersion: number, status = 200) =>
  used({ at, secretVersion, status });

describe('old-secret-after-grace fires', () => {
  it('for the old secret after the grace, and says which secret and since when', () => {
    rule
      .given(rotation)
      .when(
        used({
          at: '2026-03-02T09:00Z',
          id: 'u',
          secretVersion: 1,
          status: 200,
          sourceIp: '192.0.2.7',
        }),
      )
      .thenAlerts([
        {
          severity: 'high',
          window: '2026-03-02 v1',
          sentence:
            'Key key-1 was used at 2026-03-02 09:00:00 UTC with its secret version 1, whose grace ended at 2026-03-02 ' +
            '08:00:00 UTC; the current version is 2. It was not refused: make the gateway drop the old secret, and move ' +
            'whoever still uses it.',
          evidence: {
            facts: { secretVersion: 1, currentVersion: 2, refused: false, address: '192.0.2.7' },
            query:
              "SELECT *\nFROM requests\nWHERE tenant_id = 'default'\n  AND lane = 'live'\n  AND key_id = 'key-1'\n" +
              "  AND time >= '2026-03-02 08:01:00.001'\n  AND time <= '2026-03-02 23:59:59.999'\n" +
              '  AND secret_version = 1\nORDER BY time, event_id',
          },
        },
      ]);
  });

  it('as medium where it was refused, once a day and version, told again when it is let in', () => {
    rule
      .given(rotation)
      .when(
        use('2026-03-02T09:00Z', 1, 401),
        use('2026-03-02T09:05Z', 1, 401),
        use('2026-03-02T09:10Z', 1, 200),
        use('2026-03-03T09:00Z', 1, 401),
      )
      .thenAlerts([
        { window: '2026-03-02 v1', severity: 'medium' },
        { window: '2026-03-02 v1', severity: 'high' },
        { window: '2026-03-03 v1', severity: 'medium' },
      ]);
  });

  it('for a use that came before the rotation did', () => {
    rule
      .given(use('2026-03-01T10:05Z', 1))
      .when(
        rotated({
          at: '2026-03-01T10:00Z',
          arrives: '2026-03-01T10:10Z',
          secretVersion: 2,
          graceEndsAt: '2026-03-01T10:00:00Z',
        }),
      )
      .thenAlerts([{ window: '2026-03-01 v1', severity: 'high' }]);
  });

  it('for a secret two rotations back, whatever the grace of the last', () => {
    const next = rotated({
      at: '2026-03-02T09:00Z',
      secretVersion: 3,
      graceEndsAt: '2026-03-09T08:00:00Z',
    });
    rule
      .given(rotation, next)
      .when(use('2026-03-02T09:05Z', 1), use('2026-03-02T09:06Z', 2), use('2026-03-02T09:07Z', 3))
      .thenAlerts([{ window: '2026-03-02 v1' }]);
  });

  it('24 hours after a rotation that names no grace, and by the version before where it names only that', () => {
    rule
      .given(rotated({ at: '2026-03-01T08:00Z', previousVersion: 4 }))
      .when(use('2026-03-02T08:01Z', 4), use('2026-03-02T08:01:00.001Z', 4))
      .thenAlerts([{ window: '2026-03-02 v4' }]);
    scenarioOf(oldSecretAfterGrace, { settings: { graceHours: 72 } })
      .given(rotated({ at: '2026-03-01T08:00Z', secretVersion: 5 }))
      .when(use('2026-03-02T09:00Z', 4))
      .thenSilent();
  });
});

describe('old-secret-after-grace is silent', () => {
  it('within the grace and a minute, and about the current secret or a newer one', () => {
    rule
      .given(rotation)
      .when(
        use('2026-03-02T07:59Z', 1),
        use('2026-03-02T08:01:00.000Z', 1),
        use('2026-03-05T08:00Z', 2),
        use('2026-03-05T08:00Z', 3),
      )
      .thenSilent();
    rule.given(rotation).when(use('2026-03-02T08:01:00.001Z', 1)).thenAlerts([{}]);
  });

  it('where requests or rotations name no version', () => {
    rule
      .given(rotation)
      .when(used({ at: '2026-03-05T08:00Z', status: 200 }))
      .thenSilent();
    rule
      .given(rotated({ at: '2026-03-01T08:00Z', graceEndsAt: '2026-03-01T08:00:00Z' }))
      .when(use('2026-03-05T08:00Z', 1))
      .thenSilent();
  });
});

describe('the state of old-secret-after-grace', () => {
  it('stays within the stated bytes whatever versions come', () => {
    const engine = createEngine({ rules: [oldSecretAfterGrace], recentIdentities: 0 });
    const at = (i: number) => new Date(Date.UTC(2026, 2, 1) + i * 3_600_000).toISOString();
    const arrivals = Array.from({ length: 400 }, (_, i) => [
      use(at(i / 100), 4_294_967_000 - i * 10),
      rotated({ at: at(i / 100), secretVersion: 4_294_900_000 + i * 7, graceEndsAt: at(i * 2) }),
    ]).flat();
    const { maxBytes } = run(engine, arrivals, true);
    expect(maxBytes).toBeLessThan(oldSecretAfterGrace.stateBytes);
    expect(maxBytes).toBeGreaterThan(oldSecretAfterGrace.stateBytes / 8);
  });

  it('is nothing where no version is ever named', () => {
    const state = oldSecretAfterGrace.initial();
    expect(oldSecretAfterGrace.serialize(state)).toBeUndefined();
  });
});
