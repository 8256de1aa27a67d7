import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { RULES } from '../rules/index.js';
import { multiEnvironmentUse } from '../rules/sharing/multi-environment-use.rule.js';
import { defineRule, type Rule } from '../rule.js';
import { arrival, created, ms, run, used, type Arrival } from '../spec-kit/index.js';
import { createEngine } from './engine.js';

const DAY_MS = 86_400_000;

/** Tells of every event it sees, with what the engine said about it. */
function witness(version = 1): Rule {
  return defineRule({
    id: 'witness',
    version,
    title: 'Witness',
    description: 'Tells of every event',
    severity: 'info',
    runbook: { means: '', check: [], act: [], falseAlarms: [] },
    settings: z.strictObject({}),
    stateBytes: 64,
    keepsMs: () => DAY_MS,
    initial: () => ({ seen: 0 }),
    fold(state: { seen: number }, event, { timeMs, late, clockMs }) {
      state.seen += 1;
      return [
        {
          window: event.id,
          severity: 'info',
          occurredAtMs: timeMs,
          sentence: `Saw ${event.id}.`,
          facts: { seen: state.seen, late, clock: new Date(clockMs).toISOString() },
          revision: [],
          scope: { view: 'requests' },
        },
      ];
    },
  });
}

const engine = createEngine({ rules: [witness()] });
const first = (arrivals: readonly Arrival[]) => {
  const { records } = run(engine, arrivals);
  const [record] = records.values();
  if (record === undefined) throw new Error('no record');
  return record;
};
const at = (offset: number, logTime: string) => ({ partition: 0, offset, logTimeMs: ms(logTime) });
const seen = (arrivals: readonly Arrival[]) =>
  run(engine, arrivals).alerts.map(({ alert }) => alert.evidence.facts['seen']);

describe('the time of an event', () => {
  it('is never later than its arrival and five seconds: a producer ahead of time blinds nothing', () => {
    const { alerts, outcomes } = run(engine, [
      used({ at: '2026-03-01T10:00Z' }),
      used({ at: '2026-03-01T12:00Z', arrives: '2026-03-01T10:00:02Z' }),
      used({ at: '2026-03-01T10:00:03Z' }),
    ]);
    expect(alerts[1]?.alert.occurredAt).toBe('2026-03-01T10:00:07.000Z');
    expect(outcomes).toEqual(['folded', 'folded', 'folded']);
  });

  it('400 days ahead counts as none: the event is filed under its arrival', () => {
    const ahead = used({ at: '2027-04-05T10:00Z', arrives: '2026-03-01T10:00Z' });
    const { alerts, outcomes } = run(engine, [ahead, used({ at: '2026-03-01T10:00:01Z' })]);
    expect(alerts[0]?.alert.occurredAt).toBe('2026-03-01T10:00:00.000Z');
    expect(alerts[1]?.alert.evidence.facts['clock']).toBe('2026-03-01T10:00:01.000Z');
    expect(outcomes).toEqual(['folded', 'folded']);
  });

  it('is its arrival where it has none', () => {
    const { alerts } = run(engine, [used({ arrives: '2026-03-01T10:00Z' })]);
    expect(alerts[0]?.alert.occurredAt).toBe('2026-03-01T10:00:00.000Z');
  });

  it('is none in an import where it has none: rules see nothing of it, and it makes no other late', () => {
    const lane = 'old-log';
    const arrives = '2026-03-01T10:00Z';
    const { alerts, outcomes, records } = run(engine, [
      used({ lane, at: '2025-01-01T00:00Z', arrives }),
      used({ lane, arrives }),
      created({ lane, arrives, plan: 'pro' }),
      used({ lane, at: '2040-01-01T00:00Z', arrives }),
      used({ lane, at: '2025-01-01T00:01Z', arrives }),
    ]);
    expect(outcomes).toEqual(['folded', 'timeless', 'timeless', 'timeless', 'folded']);
    expect(alerts.map(({ alert }) => alert.occurredAt)).toEqual([
      '2025-01-01T00:00:00.000Z',
      '2025-01-01T00:01:00.000Z',
    ]);
    expect([...records.values()][0]?.key?.description?.value.plan).toBe('pro');
  });

  it('makes it late beyond 15 minutes behind the clock of its key, not of others', () => {
    const arrives = '2026-03-01T12:00:10Z';
    const { alerts, outcomes } = run(engine, [
      used({ at: '2026-03-01T12:00Z' }),
      used({ at: '2026-03-01T11:45Z', arrives }),
      used({ at: '2026-03-01T11:44:59.999Z', arrives }),
      used({ at: '2026-03-01T08:00Z', arrives, key: 'another' }),
    ]);
    expect(outcomes).toEqual(['folded', 'folded', 'late', 'folded']);
    expect(alerts.map(({ alert }) => alert.evidence.facts['late'])).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  it('may be late and still tell the lifecycle of the key', () => {
    const late = created({ at: '2020-01-01T00:00Z', arrives: '2026-03-01T12:00:05Z', plan: 'pro' });
    const record = first([used({ at: '2026-03-01T12:00Z' }), late]);
    expect(record.key?.createdAtMs).toBe(ms('2020-01-01T00:00Z'));
    expect(engine.known(record)).toBe(true);
    expect(engine.known(first([used({ at: '2026-03-01T12:00Z' })]))).toBe(false);
  });
});

describe('an event that was seen', () => {
  it('is skipped at or below the offset of the record', () => {
    const { event, logTimeMs } = used({ at: '2026-03-01T10:00Z' });
    const { record } = engine.fold(undefined, event, { partition: 0, offset: 7n, logTimeMs });
    const other = used({ at: '2026-03-01T10:01Z' });
    for (const offset of [6n, 7, 7n]) {
      const result = engine.fold(record, other.event, { partition: 0, offset, logTimeMs });
      expect(result).toEqual({ record, alerts: [], outcome: 'already-folded' });
    }
    expect(engine.fold(record, other.event, { partition: 0, offset: 8n, logTimeMs }).outcome).toBe(
      'folded',
    );
    expect(record.o).toBe(8);
  });

  it('is dropped when it is delivered again, and moves the offset', () => {
    const one = used({ at: '2026-03-01T10:00Z' });
    const { alerts, outcomes, records } = run(engine, [
      one,
      one,
      used({ at: '2026-03-01T10:01Z' }),
      one,
    ]);
    expect(outcomes).toEqual(['folded', 'duplicate', 'folded', 'duplicate']);
    expect(alerts).toHaveLength(2);
    expect([...records.values()][0]?.o).toBe(3);
  });

  it('is told from another by tenant, source and id together', () => {
    const { event, logTimeMs } = used({ at: '2026-03-01T10:00Z', id: 'same' });
    const other = { event: { ...event, source: '/other' }, logTimeMs };
    expect(run(engine, [{ event, logTimeMs }, other]).outcomes).toEqual(['folded', 'folded']);
  });

  it('is remembered over the last 64 of its key, also through storage', () => {
    const uses = Array.from({ length: 66 }, (_, i) =>
      used({ at: '2026-03-01T10:00Z', id: `u${i}` }),
    );
    const again = [uses[2], uses[64], uses[1]].filter((one) => one !== undefined);
    for (const stored of [false, true]) {
      const { outcomes } = run(engine, [...uses, ...again], stored);
      expect(outcomes.slice(66)).toEqual(['duplicate', 'duplicate', 'folded']);
    }
  });

  it('isn’t remembered at all where the memory is set to none', () => {
    const none = createEngine({ rules: [witness()], recentIdentities: 0 });
    const one = used({ at: '2026-03-01T10:00Z' });
    expect(run(none, [one, one]).outcomes).toEqual(['folded', 'folded']);
  });
});

describe('a stored record', () => {
  const events = [
    created({
      at: '2026-02-01T00:00Z',
      plan: 'pro',
      owner: { id: 'ada' },
      environment: 'production',
    }),
    used({ at: '2026-03-01T10:00Z', environment: 'production' }),
    used({ at: '2026-03-01T10:10Z', environment: 'staging' }),
  ];

  it('reads back as it was written', () => {
    const all = createEngine({ rules: [multiEnvironmentUse, witness()] });
    const [record] = run(all, events).records.values();
    if (record === undefined) throw new Error('no record');
    const text = all.serialize(record);
    expect(all.serialize(all.deserialize(text))).toBe(text);
    expect(all.deserialize(text)).toEqual(record);
  });

  it('drops the state of a rule whose version changed, and of a rule that is gone; the rest stays', () => {
    const record = first(events);
    const text = engine.serialize(record);
    const next = createEngine({ rules: [witness(2)] });
    expect(next.deserialize(text).states).toEqual([undefined]);
    expect(next.deserialize(text).key).toEqual(record.key);
    const without = createEngine({ rules: [] });
    expect(without.serialize(without.deserialize(text))).not.toContain('witness');
    const more = used({ at: '2026-03-01T10:20Z' });
    const result = next.fold(next.deserialize(text), more.event, at(9, '2026-03-01T10:20Z'));
    expect(result.alerts[0]?.alert.evidence.facts['seen']).toBe(1);
    expect(result.alerts[0]?.alert.ruleVersion).toBe(2);
  });

  it('keeps the states of other rules when the list of rules changes its order', () => {
    const two = createEngine({ rules: [witness(), multiEnvironmentUse] });
    const turned = createEngine({ rules: [multiEnvironmentUse, witness()] });
    const [record] = run(two, events).records.values();
    if (record === undefined) throw new Error('no record');
    expect(turned.deserialize(two.serialize(record)).states).toEqual([...record.states].reverse());
  });
});

describe('expiry', () => {
  const use = used({ at: '2026-03-01T10:00Z', arrives: '2026-03-01T10:00Z' });

  it('of a key without lifecycle comes when no rule needs it any more', () => {
    const record = first([use]);
    expect(engine.expired(record, ms('2026-03-02T10:00Z'))).toBe(false);
    expect(engine.expired(record, ms('2026-03-02T10:00:00.001Z'))).toBe(true);
  });

  it('of a known key comes after 400 days', () => {
    const record = first([use, created({ at: '2026-03-01T10:00Z', arrives: '2026-03-01T10:00Z' })]);
    expect(engine.expired(record, ms('2026-03-01T10:00Z') + 400 * DAY_MS)).toBe(false);
    expect(engine.expired(record, ms('2026-03-01T10:00Z') + 400 * DAY_MS + 1)).toBe(true);
  });

  it('happens by log time, whether or not the tombstone was written in time', () => {
    const later = used({ at: '2026-03-05T10:00Z' });
    expect(seen([use, later])).toEqual([1, 1]);
    expect(seen([use, used({ at: '2026-03-02T09:59Z' })])).toEqual([1, 2]);
  });

  it('waits for the longest of the rules', () => {
    const both = createEngine({ rules: [witness(), multiEnvironmentUse] });
    expect(both.expired(first([use]), ms('2026-03-03T10:15Z'))).toBe(false);
    expect(both.expired(first([use]), ms('2026-03-03T10:15:00.001Z'))).toBe(true);
  });

  it('waits only for a rule that has something to remember of the key', () => {
    const patient: Rule = {
      ...witness(),
      keepsMs: (_settings, latenessMs, state) => (state === undefined ? latenessMs : 90 * DAY_MS),
    };
    const waiting = createEngine({ rules: [patient] });
    const seenByIt = run(waiting, [use]).records.values().next().value;
    if (seenByIt === undefined) throw new Error('no record');
    expect(waiting.expired(seenByIt, ms('2026-05-30T10:00Z'))).toBe(false);
    expect(waiting.expired(seenByIt, ms('2026-05-30T10:00:00.001Z'))).toBe(true);
    const notSeen = { ...seenByIt, states: [] };
    expect(waiting.expired(notSeen, ms('2026-03-01T10:15Z'))).toBe(false);
    expect(waiting.expired(notSeen, ms('2026-03-01T10:15:00.001Z'))).toBe(true);
  });
});

describe('the name of a record', () => {
  const name = (lane: string, tenant: string, key: string) =>
    engine.recordKey(used({ at: '2026-03-01T10:00Z', lane, tenant, key }).event);

  it('is lane/tenant/key', () => {
    expect(name('live', 'acme', 'ak_1')).toBe('live/acme/ak_1');
  });

  it('tells keys apart whose names hold slashes', () => {
    expect(name('live', 'a/b', 'c')).toBe('live/a%2Fb/c');
    const names = [name('live', 'a/b', 'c'), name('live', 'a', 'b/c'), name('live', 'a%2Fb', 'c')];
    expect(new Set(names).size).toBe(3);
  });
});

describe('settings', () => {
  it('are checked whole, and every problem is listed', () => {
    const build = () =>
      createEngine({
        rules: RULES,
        settings: { 'multi-environment-use': { windowHours: 0, windowHour: 3 }, 'no-such': {} },
      });
    expect(build).toThrow(/no-such: no such rule or sweep; there are multi-environment-use/);
    expect(build).toThrow(/multi-environment-use\.windowHours: /);
    expect(build).toThrow(/multi-environment-use: .*windowHour/);
  });

  it('refuse two rules with one id: their states would overwrite each other', () => {
    expect(() => createEngine({ rules: [witness(), witness(2)] })).toThrow(
      'Two rules have the id witness',
    );
  });
});

describe('an alert on the stream', () => {
  it('carries the owner that the key’s creation named', () => {
    const owner = { id: 'ada', email: 'ada@example.org', team: 'core' };
    const { alerts } = run(engine, [created({ at: '2026-02-01T00:00Z', owner })]);
    expect(alerts[0]?.alert.owner).toEqual(owner);
    expect(alerts[0]?.source).toBe('detect');
    expect(alerts[0]?.alert.detectedAt).toBe('2026-02-01T00:00:01.000Z');
  });

  it('has no owner where none was named', () => {
    const { alerts } = run(engine, [
      arrival('keywatch.key.created.v1', { at: '2026-02-01T00:00Z' }, {}),
    ]);
    expect(alerts[0]?.alert.owner).toBeUndefined();
  });
});

describe('a probe', () => {
  it('is told how long each rule takes, of one event in so many', () => {
    const told: string[] = [];
    let now = 0;
    const probed = createEngine({
      rules: [witness()],
      probe: {
        every: 3,
        now: () => (now += 2),
        evaluated: (rule, ms) => told.push(`${rule} ${ms}`),
      },
    });
    const at = (minute: number): Arrival => used({ at: `2026-02-01T00:0${minute}Z` });
    run(probed, [at(0), at(1), at(2), at(3), at(4), at(5), at(6)]);
    expect(told).toEqual(['witness 2', 'witness 2']);
  });
});
