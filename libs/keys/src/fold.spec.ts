import { describe, expect, it } from '@jest/globals';
import type { KeyEventType, LifecycleEvent } from '@keywatch/events';
import fc from 'fast-check';
import { environmentName, foldKey } from './fold.js';
import { UNKNOWN_KEY, type KeyState } from './key-state.js';
import { mergeKeyStates } from './merge.js';
import { packKeyState, unpackKeyState, type PackedKeyState } from './pack.js';

const LOG_MS = Date.UTC(2026, 2, 1);
let made = 0;

function event(
  type: string,
  at: string,
  data: object = {},
  id = `e${(made += 1)}`,
): LifecycleEvent {
  return {
    type: `keywatch.key.${type}.v1` as KeyEventType,
    id,
    source: '/spec',
    tenantId: 'default',
    lane: 'live',
    keyId: 'k',
    timeText: at,
    timeMs: at === '' ? Number.NaN : Date.parse(at),
    traceparent: '',
    data,
    attributes: undefined,
  } as LifecycleEvent;
}

const fold = (...events: LifecycleEvent[]): KeyState =>
  events.reduce<KeyState>((state, one) => foldKey(state, one, LOG_MS), UNKNOWN_KEY);

const anyEvent = fc
  .record({
    type: fc.constantFrom('created', 'rotated', 'revoked', 'disabled', 'enabled', 'leak-reported'),
    // Few times and ids, so that ties happen; a missing time and one far ahead too.
    at: fc.constantFrom(
      '2026-01-01T00:00Z',
      '2026-01-02T00:00Z',
      '2025-06-01T00:00Z',
      '2031-01-01T00:00Z',
      '',
    ),
    id: fc.constantFrom('a', 'b', 'ä', 'z'),
    data: fc.record(
      {
        secretVersion: fc.constantFrom(1, 2, 7),
        plan: fc.constantFrom('free', 'pro'),
        environment: fc.constantFrom('production', 'staging'),
        allowedEnvironments: fc.array(fc.constantFrom('test', 'dev', 'staging')),
        owner: fc.constantFrom({ id: 'ada' }, { email: 'bob@example.org', team: 't' }),
        kind: fc.constantFrom('long-term', 'temporary'),
        expiresAt: fc.constantFrom('2026-06-01T00:00:00Z', '2027-06-01T00:00:00+02:00'),
        tags: fc.constantFrom(['ci', 'break-glass', 'ci'], ['b', 7, ''], { team: 'x' }, 'ci'),
        graceEndsAt: fc.constantFrom('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ type, at, id, data }) => event(type, at, data, id));

describe('the fold of lifecycle events', () => {
  it('gives the same state in any order and with any repetition', () => {
    const cases = fc
      .array(anyEvent, { minLength: 1, maxLength: 12 })
      .chain((events) =>
        fc.tuple(
          fc.constant(events),
          fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
        ),
      );
    fc.assert(
      fc.property(cases, ([events, shuffledTwice]) => {
        expect(fold(...shuffledTwice)).toEqual(fold(...events));
      }),
    );
  });

  it('joins states of parts as if all had been folded at once', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), fc.array(anyEvent), (a, b) => {
        expect(mergeKeyStates(fold(...a), fold(...b))).toEqual(fold(...b, ...a));
      }),
    );
  });

  it('survives being packed as JSON', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const state = fold(...events);
        const json = JSON.stringify(packKeyState(state));
        expect(unpackKeyState(JSON.parse(json) as PackedKeyState)).toEqual(state);
      }),
    );
  });

  it('takes the earliest creation, revocation and leak report, and the latest rotation', () => {
    const all = ['created', 'rotated', 'revoked', 'leak-reported'].flatMap((type) =>
      ['2026-01-02T00:00Z', '2026-01-01T00:00Z', '2026-01-03T00:00Z'].map((at) => event(type, at)),
    );
    expect(fold(...all)).toMatchObject({
      createdAtMs: Date.UTC(2026, 0, 1),
      lastRotatedAtMs: Date.UTC(2026, 0, 3),
      revokedAtMs: Date.UTC(2026, 0, 1),
      leakReportedAtMs: Date.UTC(2026, 0, 1),
    });
  });

  it('describes the key as its latest creation does, by time and then by id', () => {
    const state = fold(
      event('created', '2026-01-02T00:00Z', { plan: 'pro', owner: { id: 'ada' } }, 'b'),
      event('created', '2026-01-02T00:00Z', { plan: 'free' }, 'a'),
      event('created', '2026-01-01T00:00Z', { plan: 'enterprise' }, 'c'),
    );
    expect(state.description?.value).toMatchObject({ plan: 'pro', ownerId: 'ada', ownerEmail: '' });
  });

  it('keeps tags that are a list of words, sorted, and no other form', () => {
    const tags = (given: unknown) =>
      fold(event('created', '2026-01-01T00:00Z', { tags: given })).description?.value.tags;
    expect(tags(['quarterly-job', 'break-glass', 'quarterly-job', 7, ''])).toEqual([
      'break-glass',
      'quarterly-job',
    ]);
    expect(tags({ team: 'a' })).toBeUndefined();
    expect(tags('ci')).toBeUndefined();
    expect(tags(Array.from({ length: 99 }, (_, i) => `${i}`.padEnd(99, 'x')))).toHaveLength(32);
  });

  it('forgets the grace of earlier rotations when a later one names none', () => {
    const state = fold(
      event('rotated', '2026-01-01T00:00Z', { graceEndsAt: '2026-02-01T00:00:00Z' }),
      event('rotated', '2026-01-02T00:00Z'),
    );
    expect(state.grace?.value).toBeUndefined();
    expect(state.grace?.atMs).toBe(Date.UTC(2026, 0, 2));
  });

  it('knows a disabled key from one that was enabled again', () => {
    const off = event('disabled', '2026-01-01T00:00Z');
    const on = event('enabled', '2026-01-02T00:00Z');
    expect(fold(on, off).disabled?.value).toBe(false);
    expect(fold(off).disabled?.value).toBe(true);
  });

  it('takes the highest secret version that any lifecycle event names, and no nonsense', () => {
    const named = (secretVersion: unknown) =>
      event('created', '2026-01-01T00:00Z', { secretVersion });
    expect(
      fold(named(3), event('rotated', '2026-01-02T00:00Z', { secretVersion: 2 })).secretVersion,
    ).toBe(3);
    expect(fold(named('9'), named(-1), named(1.5), named(2 ** 32)).secretVersion).toBe(0);
  });

  it('files an event without usable time under its arrival', () => {
    expect(fold(event('created', '')).createdAtMs).toBe(LOG_MS);
    expect(fold(event('created', '1999-01-01T00:00Z')).createdAtMs).toBe(LOG_MS);
    expect(fold(event('created', '2027-01-01T00:00Z')).createdAtMs).toBe(LOG_MS);
  });

  it('stays bounded, and keeps long environment names apart', () => {
    const long = 'x'.repeat(10_000);
    const state = fold(
      event('created', '2026-01-01T00:00Z', {
        name: long,
        plan: long,
        environment: `${long}a`,
        allowedEnvironments: Array.from({ length: 500 }, (_, i) => `${long}${i}`),
        owner: { id: long, email: long, team: long },
      }),
    );
    expect(JSON.stringify(packKeyState(state)).length).toBeLessThan(8_000);
    expect(state.description?.value.environment).toHaveLength(64);
    expect(new Set(state.description?.value.allowedEnvironments).size).toBe(64);
    expect(environmentName(`${long}a`)).not.toBe(environmentName(`${long}b`));
    expect(environmentName('staging')).toBe('staging');
  });
});
