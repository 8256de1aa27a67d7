import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { createEngine, type EngineOptions } from '../engine/engine.js';
import { defineRule } from '../rule.js';
import { created, ms, run, used, type Arrival } from '../spec-kit/index.js';
import { compileExceptions, type DetectionException } from './exceptions.js';

/** Tells of every event it sees, with what it was told to say. */
const witness = (id = 'witness') =>
  defineRule({
    id,
    version: 1,
    title: 'Witness',
    description: 'Tells of every event',
    severity: 'info',
    runbook: { means: '', check: [], act: [], falseAlarms: [] },
    settings: z.strictObject({ says: z.string().default('seen'), keeps: z.int().default(1) }),
    stateBytes: 64,
    keepsMs: ({ keeps }) => keeps * 86_400_000,
    initial: () => ({ seen: 0 }),
    fold(state: { seen: number }, event, { timeMs, settings }) {
      state.seen += 1;
      const facts = { seen: state.seen };
      const rest = { facts, revision: [], scope: { view: 'requests' } } as const;
      const { says } = settings;
      return [
        { window: event.id, severity: 'info', occurredAtMs: timeMs, sentence: says, ...rest },
      ];
    },
  });

const told = (
  arrivals: readonly Arrival[],
  options: Omit<EngineOptions, 'rules'>,
  rules = [witness()],
) =>
  run(createEngine({ rules, ...options }), arrivals).alerts.map(
    ({ alert }) => `${alert.rule} ${alert.window} ${alert.sentence}`,
  );

const except = (over: Partial<DetectionException>): DetectionException => ({
  rules: ['witness'],
  reason: 'a spec',
  untilMs: ms('2026-04-01T00:00Z'),
  ...over,
});
const at = '2026-03-01T10:00Z';
const seenBut = (exception: Partial<DetectionException>, ...arrivals: Arrival[]) =>
  told(arrivals, { exceptions: [except(exception)] }).map((line) => line.split(' ')[1]);

describe('an exception', () => {
  it('hides what it names from the rule that it names, and from no other', () => {
    const events = [used({ at, id: 'a', key: 'ak_1' }), used({ at, id: 'b', key: 'ak_2' })];
    const rules = [witness(), witness('other')];
    expect(told(events, { exceptions: [except({ keys: ['ak_1'] })] }, rules)).toEqual([
      'other a seen',
      'witness b seen',
      'other b seen',
    ]);
    expect(told(events, { exceptions: [except({ rules: ['*'], keys: ['ak_1'] })] }, rules)).toEqual(
      ['witness b seen', 'other b seen'],
    );
  });

  it('goes by tenant, environment and network of the request', () => {
    const one = (id: string, over: object) => used({ at, id, ...over });
    expect(seenBut({ tenants: ['acme'] }, one('a', { tenant: 'acme' }), one('b', {}))).toEqual([
      'b',
    ]);
    expect(
      seenBut(
        { environments: ['staging'] },
        one('a', { environment: 'staging' }),
        one('b', { environment: 'production' }),
        one('c', {}),
      ),
    ).toEqual(['b', 'c']);
    expect(
      seenBut(
        { networks: ['10.0.0.0/8'] },
        one('a', { sourceIp: '10.4.4.4' }),
        one('b', { sourceIp: '11.0.0.1' }),
        one('c', { sourceIp: 'lambda.amazonaws.com' }),
        one('d', {}),
      ),
    ).toEqual(['b', 'c', 'd']);
  });

  it('goes by what the creation of the key said: owner, tag, home', () => {
    const birth = created({
      at,
      id: 'birth',
      owner: { id: 'ada', email: 'Ada@Example.org', team: 'payments' },
      environment: 'staging',
      tags: ['break-glass'],
    });
    const use = used({ at, id: 'use', environment: 'production' });
    expect(seenBut({ owners: ['ada@example.ORG'] }, birth, use)).toEqual([]);
    expect(seenBut({ owners: ['payments'] }, birth, use)).toEqual([]);
    expect(seenBut({ owners: ['bob'] }, birth, use)).toEqual(['birth', 'use']);
    expect(seenBut({ tags: ['break-glass', 'ci'] }, birth, use)).toEqual([]);
    expect(seenBut({ environments: ['staging'] }, birth, use)).toEqual(['use']);
    // Nobody said whose it is.
    expect(seenBut({ owners: ['ada'] }, use)).toEqual(['use']);
  });

  it('wants all that it names', () => {
    const exception = { keys: ['ak_1'], environments: ['staging'] };
    const one = (id: string, key: string, environment: string) =>
      used({ at, id, key, environment });
    expect(
      seenBut(
        exception,
        one('a', 'ak_1', 'staging'),
        one('b', 'ak_1', 'prod'),
        one('c', 'x', 'staging'),
      ),
    ).toEqual(['b', 'c']);
  });

  it('holds for events before its expiry, whenever they come', () => {
    const late = { arrives: '2026-04-01T00:00:10Z', key: 'ak_1' };
    expect(
      seenBut(
        { keys: ['ak_1'] },
        used({ at: '2026-04-01T00:00Z', id: 'after', ...late }),
        used({ at: '2026-03-31T23:59:59.999Z', id: 'before', ...late }),
      ),
    ).toEqual(['after']);
  });

  it('leaves the state of the rule as it was', () => {
    const uses = ['1', '2', '3'].map((id) =>
      used({ at, id, sourceIp: id === '2' ? '10.0.0.1' : '192.0.2.1' }),
    );
    const engine = createEngine({
      rules: [witness()],
      exceptions: [except({ networks: ['10.0.0.0/8'] })],
    });
    expect(run(engine, uses).alerts.map(({ alert }) => alert.evidence.facts['seen'])).toEqual([
      1, 2,
    ]);
  });

  it('costs nothing where none concerns the rule or the tenant', () => {
    expect(compileExceptions([except({ rules: ['other'] })], 'witness')).toBeUndefined();
    expect(compileExceptions([except({ tenants: ['acme'] })], 'witness', 'globex')).toBeUndefined();
  });
});

describe('settings by tenant', () => {
  const events = [used({ at, id: 'a', tenant: 'acme' }), used({ at, id: 'b', tenant: 'globex' })];

  it('differ setting by setting from the general ones', () => {
    const options = {
      settings: { witness: { says: 'general', keeps: 2 } },
      tenants: { acme: { witness: { says: 'acme' } } },
    };
    expect(told(events, options)).toEqual(['witness a acme', 'witness b general']);
  });

  it('switch a rule off and on', () => {
    const off = { tenants: { acme: { witness: { enabled: false } } } };
    expect(told(events, off)).toEqual(['witness b seen']);
    const on = {
      settings: { witness: { enabled: false } },
      tenants: { acme: { witness: { enabled: true } } },
    };
    expect(told(events, on)).toEqual(['witness a seen']);
  });

  it('are refused all at once, with where they stand', () => {
    const make = () =>
      createEngine({
        rules: [witness()],
        settings: { witnes: {} },
        tenants: { acme: { witness: { keeps: 'long', enabled: 'no' } } },
      });
    expect(make).toThrow('witnes: no such rule or sweep; did you mean "witness"?');
    expect(make).toThrow('tenants.acme.witness.keeps: ');
    expect(make).toThrow('tenants.acme.witness.enabled: must be true or false');
  });

  it('keep the state of a key for as long as the longest of them needs', () => {
    const engine = createEngine({
      rules: [witness()],
      tenants: { acme: { witness: { keeps: 5 } } },
    });
    const [record] = run(engine, [used({ at, arrives: at })]).records.values();
    if (record === undefined) throw new Error('no record');
    expect(engine.expired(record, ms(at) + 5 * 86_400_000)).toBe(false);
    expect(engine.expired(record, ms(at) + 5 * 86_400_000 + 1)).toBe(true);
  });

  it('and exceptions keep the records of other settings readable', () => {
    const on = createEngine({ rules: [witness()] });
    const off = createEngine({ rules: [witness()], settings: { witness: { enabled: false } } });
    const [record] = run(on, [used({ at, id: 'a' })]).records.values();
    if (record === undefined) throw new Error('no record');
    const text = off.serialize(off.deserialize(on.serialize(record)));
    expect(text).toBe(on.serialize(record));
  });
});
