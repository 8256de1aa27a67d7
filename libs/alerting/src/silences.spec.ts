import { describe, expect, it } from '@jest/globals';
import type { Silence, SilenceEvent, SilenceMatchers } from '@keywatch/events';
import { anAlert, aSilence } from '@keywatch/testing';
import fc from 'fast-check';
import {
  covers,
  silencesOver,
  silenceStatus,
  silentUntilMs,
  withSilenceEvent,
} from './silences.js';

const T0 = Date.UTC(2026, 2, 1);
const at = (n: number): string => new Date(T0 + n * 1000).toISOString();
const created = (over: Partial<Silence> = {}, id = 's1'): SilenceEvent => ({
  id,
  source: 'api',
  kind: 'created',
  data: aSilence({ at: at(0), startsAt: at(10), endsAt: at(100), ...over }),
});
const ended = (n: number, id = 'e1'): SilenceEvent => ({
  id,
  source: 'api',
  kind: 'ended',
  data: { silenceId: aSilence().silenceId, by: 'bob', at: at(n), why: 'over' },
});
const recordOf = (...events: SilenceEvent[]) => events.reduce(withSilenceEvent, {});

const anEvent = fc.oneof(
  fc
    .record({ n: fc.nat(5), from: fc.nat(50), long: fc.integer({ min: 1, max: 50 }) })
    .map(({ n, from, long }) =>
      created({ at: at(n), startsAt: at(from), endsAt: at(from + long) }, `s${n}-${from}-${long}`),
    ),
  fc.nat(99).map((n) => ended(n, `e${n}`)),
);

describe('a silence', () => {
  it('holds from its first moment up to, not including, its last', () => {
    const record = recordOf(created());
    const status = (n: number) => silenceStatus(record, T0 + n * 1000);
    expect([9.999, 10, 99.999, 100].map(status)).toEqual(['coming', 'active', 'active', 'over']);
  });

  it('that is ended is over from then on; one that never began is none', () => {
    const record = recordOf(created(), ended(50));
    expect(silenceStatus(record, T0 + 49_999)).toBe('active');
    expect(silenceStatus(record, T0 + 50_000)).toBe('over');
    expect(silentUntilMs(recordOf(created(), ended(200)))).toBe(T0 + 100_000);
    expect(silenceStatus(recordOf(ended(50)), T0)).toBeUndefined();
    expect(silencesOver(anAlert(), [recordOf(ended(50))], T0)).toEqual([]);
  });

  it('of several ends takes the first', () => {
    expect(silentUntilMs(recordOf(ended(60, 'e2'), created(), ended(50), ended(70, 'e3')))).toBe(
      T0 + 50_000,
    );
  });

  it('is the same in whatever order its events come, and however often', () => {
    fc.assert(
      fc.property(
        fc
          .array(anEvent, { maxLength: 8 })
          .chain((events) =>
            fc.tuple(
              fc.constant(events),
              fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }),
            ),
          ),
        ([events, shuffled]) => {
          expect(recordOf(...shuffled)).toEqual(recordOf(...events));
        },
      ),
    );
  });
});

describe('matchers', () => {
  const alert = anAlert();
  it.each<[string, SilenceMatchers, boolean]>([
    ['the rule', { rule: 'stale-key' }, true],
    ['another rule', { rule: 'stale' }, false],
    [
      'rule, tenant, key and lane',
      { rule: 'stale-key', tenantId: 'acme', keyId: 'key_42', lane: 'live' },
      true,
    ],
    ['one of them wrong', { rule: 'stale-key', tenantId: 'acme', keyId: 'key_43' }, false],
    ['another lane', { lane: 'import-1' }, false],
    ["the owner's id", { owner: 'ann' }, true],
    ["the owner's address", { owner: 'ann@example.com' }, true],
    ["the owner's team", { owner: 'core' }, true],
    ['another owner', { owner: 'bob' }, false],
    ['its severity at most', { rule: 'stale-key', severityAtMost: 'medium' }, true],
    ['less than its severity', { rule: 'stale-key', severityAtMost: 'low' }, false],
  ])('%s: %j', (_, matchers, covered) => {
    expect(covers(matchers, alert)).toBe(covered);
  });

  it('on an owner do not fit an alert that has none', () => {
    const { owner: _, ...ownerless } = alert;
    expect(covers({ owner: 'ann' }, ownerless)).toBe(false);
  });

  it('find the silences that hold and cover', () => {
    const other = aSilence({ silenceId: 'f'.repeat(32), matchers: { rule: 'other' } });
    const records = [
      recordOf(created()),
      recordOf({
        ...created(),
        data: { ...other, startsAt: at(10), endsAt: at(100) },
      } as SilenceEvent),
    ];
    expect(silencesOver(alert, records, T0 + 20_000).map(({ silenceId }) => silenceId)).toEqual([
      'e'.repeat(32),
    ]);
    expect(silencesOver(alert, records, T0 + 200_000)).toEqual([]);
  });
});
