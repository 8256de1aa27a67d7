import { describe, expect, it } from '@jest/globals';
import { keyStateAt, tenantsOf, type ChangeRow, type KeyStateRows } from './key-state.js';
import { keyStateQuestion } from './key-state.params.js';
import { keyStateQueries } from './key-state.queries.js';

const T = Date.UTC(2026, 2, 1);
const DAY = 86_400_000;

let ids = 0;
const change = (what: string, days: number, data: Record<string, unknown> = {}): ChangeRow => ({
  tenantId: 'acme',
  type: `keywatch.key.${what}.v1` as ChangeRow['type'],
  source: '/spec',
  lane: 'live',
  eventId: `e-${ids++}`,
  timeText: new Date(T + days * DAY).toISOString(),
  atMs: T + days * DAY,
  receivedMs: T + days * DAY + 1000,
  data: JSON.stringify(data),
});

const rows = (over: Partial<KeyStateRows> = {}): KeyStateRows => ({
  changes: [],
  use: [],
  alerts: [],
  kept: [],
  ...over,
});
const at = (days: number) =>
  keyStateQuestion('k', { at: new Date(T + days * DAY).toISOString() }, T);

describe('the state of a key at a time', () => {
  it('is the fold of what had happened by then', () => {
    const answer = keyStateAt(
      at(10),
      'acme',
      rows({
        changes: [
          change('created', 0, {
            name: 'batch',
            owner: { email: 'ada@example.com' },
            createdBy: 'ben',
            expiresAt: '2026-06-01T00:00:00Z',
          }),
          change('rotated', 4, {
            secretVersion: 2,
            rotatedBy: 'bot',
            graceEndsAt: '2026-03-07T00:00:00Z',
          }),
          change('disabled', 6, { by: 'ops', reason: 'odd traffic' }),
        ],
        use: [{ tenantId: 'acme', requests: 3, firstUsedMs: T + DAY, lastUsedMs: T + 5 * DAY }],
      }),
    );
    expect(answer).toMatchObject({
      tenantId: 'acme',
      state: 'disabled',
      usable: false,
      createdAt: '2026-03-01T00:00:00.000Z',
      expiresAt: '2026-06-01T00:00:00.000Z',
      graceEndsAt: '2026-03-07T00:00:00.000Z',
      secretVersion: 2,
      rotationAge: { days: 6, atLeast: false },
      description: { name: 'batch', owner: { email: 'ada@example.com' } },
      requests: { count: 3, lastUsed: '2026-03-06T00:00:00.000Z' },
    });
    expect(answer.changes.map(({ change: what, actor, reason }) => [what, actor, reason])).toEqual([
      ['created', 'ben', ''],
      ['rotated', 'bot', ''],
      ['disabled', 'ops', 'odd traffic'],
    ]);
  });

  it.each([
    ['active', [change('disabled', 1), change('enabled', 2)], true],
    ['revoked', [change('revoked', 1), change('enabled', 2)], false],
    ['expired', [change('created', 0, { expiresAt: '2026-03-02T00:00:00Z' })], false],
  ] as const)('%s', (state, changes, usable) => {
    expect(keyStateAt(at(10), 'acme', rows({ changes }))).toMatchObject({ state, usable });
  });

  it('of a key that was only used has an age of at least so many days', () => {
    const use = [{ tenantId: 'acme', requests: 1, firstUsedMs: T, lastUsedMs: T }];
    expect(keyStateAt(at(3), 'acme', rows({ use }))).toMatchObject({
      state: 'active',
      createdAt: null,
      description: null,
      rotationAge: { days: 3, atLeast: true },
    });
  });

  it('knows from the folds what raw events no longer tell', () => {
    const kept = [
      {
        tenantId: 'acme',
        created_at: T - 900 * DAY,
        last_rotated_at: null,
        revoked_at: null,
        leak_reported_at: null,
      },
    ];
    const answer = keyStateAt(at(0), 'acme', rows({ kept }));
    expect(answer.rotationAge?.days).toBe(900);
  });
});

describe('whose key it is', () => {
  const nothing = {
    created_at: null,
    last_rotated_at: null,
    revoked_at: null,
    leak_reported_at: null,
  };

  it('is every tenant that had one by then', () => {
    const use = [{ tenantId: 'b', requests: 1, firstUsedMs: T, lastUsedMs: T }];
    expect(tenantsOf(rows({ use, kept: [{ tenantId: 'c', ...nothing }] }))).toEqual(['b']);
    expect(tenantsOf(rows({ use, changes: [change('created', 0)] }))).toEqual(['acme', 'b']);
    expect(tenantsOf(rows())).toEqual([]);
  });
});

describe('the questions', () => {
  it('leave the folds out where only what had arrived by a time counts: they know no arrival', () => {
    const known = keyStateQueries(keyStateQuestion('k', { knownAt: '2026-03-01' }, T));
    expect(known.kept).toBeUndefined();
    for (const { sql } of [known.changes, known.use, known.alerts])
      expect(sql).toContain('log_time <=');
    expect(known.use.sql).not.toContain('usage_1h');
    expect(keyStateQueries(at(0)).use.sql).toContain('usage_1h');
  });

  it('take times and names as values, never as text', () => {
    const { changes } = keyStateQueries(
      keyStateQuestion("k' OR 1", { tenant: "t'", lane: 'live' }, T),
    );
    expect(changes.sql).not.toContain("k' OR 1");
    expect(changes.params).toMatchObject({ key: "k' OR 1", tenants: ["t'"], lanes: ['live'] });
  });

  it('are refused with every problem', () => {
    expect(() => keyStateQuestion('k', { at: 'soon', nothing: '1' }, T)).toThrow(
      /at must be a time/,
    );
  });
});
