import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createEngine } from '../../engine/engine.js';
import { created, ms, outcomeOf, run, used, type Arrival } from '../../spec-kit/index.js';
import { multiEnvironmentUse } from './multi-environment-use.rule.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LATENESS_MS = 15 * MINUTE_MS;
const engine = createEngine({ rules: [multiEnvironmentUse], latenessMs: LATENESS_MS });
const START_MS = ms('2026-03-01T00:00Z');
const HOME = 'production';

interface Use {
  readonly atMs: number;
  readonly environment: string;
}

/** Uses of one key over four days, most of them near midnight and near each other. */
const uses = fc.array(
  fc.record({
    atMs: fc
      .tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: -90, max: 90 }),
        fc.constantFrom(0, 0, 0, 480, 720),
      )
      .map(
        ([day, minutes, plus]) => START_MS + DAY_MS + day * DAY_MS + (minutes + plus) * MINUTE_MS,
      ),
    environment: fc.constantFrom(HOME, 'staging', 'test'),
  }),
  { minLength: 1, maxLength: 14 },
);

/** What the rule's description says, over all pairs of uses. */
function expected(all: readonly Use[], allowed: readonly string[]) {
  const days: Record<string, { environments: Set<string>; severity: string }> = {};
  for (const a of all) {
    for (const b of all) {
      const [earlier, later] = [b, a];
      const sameDay = Math.floor(earlier.atMs / DAY_MS) === Math.floor(later.atMs / DAY_MS);
      const apart = later.atMs - earlier.atMs;
      if (earlier.environment === later.environment || (!sameDay && apart < 0)) continue;
      if (!sameDay && apart > DAY_MS) continue;
      if (allowed.includes(a.environment) && allowed.includes(b.environment)) continue;
      const day = new Date(later.atMs).toISOString().slice(0, 10);
      const found = (days[day] ??= { environments: new Set(), severity: 'medium' });
      found.environments.add(a.environment).add(b.environment);
      const withProduction = a.environment === HOME || b.environment === HOME;
      if (withProduction && Math.abs(apart) <= 60 * MINUTE_MS) found.severity = 'high';
    }
  }
  return Object.fromEntries(
    Object.entries(days)
      .map(
        ([day, { environments, severity }]) =>
          [day, { environments: [...environments].sort(), severity }] as const,
      )
      .sort(),
  );
}

function found(arrivals: readonly Arrival[]) {
  const days: Record<string, { environments: unknown; severity: string }> = {};
  for (const { alert } of run(engine, arrivals).alerts) {
    days[alert.window] = {
      environments: alert.evidence.facts['environments'],
      severity: alert.severity,
    };
  }
  return Object.fromEntries(Object.entries(days).sort());
}

function arrivalsOf(
  all: readonly Use[],
  delays: readonly number[],
  allowed: readonly string[],
): Arrival[] {
  const said = created({
    at: '2026-02-01T00:00Z',
    environment: allowed[0],
    allowedEnvironments: [...allowed],
  });
  const arrivals = all.map(({ atMs, environment }, i) => ({
    event: used({ at: new Date(atMs).toISOString(), environment }).event,
    logTimeMs: atMs + (delays[i] ?? 0),
  }));
  return [
    ...(allowed.length === 0 ? [] : [said]),
    ...arrivals.sort((a, b) => a.logTimeMs - b.logTimeMs),
  ];
}

const allowances = fc.constantFrom<string[]>([], [HOME], [HOME, 'staging']);
const delaysOf = (count: number) =>
  fc.array(fc.integer({ min: 0, max: LATENESS_MS }), { minLength: count, maxLength: count });

describe('multi-environment-use, whatever the uses and the order of their arrival', () => {
  it('finds exactly the days, environments and severities that its description says', () => {
    const cases = uses.chain((all) => fc.tuple(fc.constant(all), delaysOf(all.length), allowances));
    fc.assert(
      fc.property(cases, ([all, delays, allowed]) => {
        expect(found(arrivalsOf(all, delays, allowed))).toEqual(expected(all, allowed));
      }),
      { numRuns: 1000 },
    );
  });

  it('loses no alert when the allowance arrives at any later time', () => {
    const cases = uses.chain((all) => fc.tuple(fc.constant(all), fc.nat({ max: all.length })));
    fc.assert(
      fc.property(cases, ([all, place]) => {
        const arrivals = arrivalsOf(all, [], [HOME, 'staging']);
        const [said, ...rest] = arrivals;
        if (said === undefined) throw new Error('no creation');
        const late = { event: said.event, logTimeMs: rest[place - 1]?.logTimeMs ?? 0 };
        const order = [...rest.slice(0, place), late, ...rest.slice(place)];
        const alerts = Object.keys(outcomeOf(run(engine, order).alerts));
        expect(alerts).toEqual(
          expect.arrayContaining(Object.keys(outcomeOf(run(engine, arrivals).alerts))),
        );
      }),
    );
  });

  it('tells each state of the evidence once', () => {
    fc.assert(
      fc.property(uses, (all) => {
        const ids = run(engine, arrivalsOf(all, [], [])).alerts.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });
});

describe('the state of multi-environment-use', () => {
  it('stays within the stated bytes whatever arrives', () => {
    const nasty = '\u0001'.repeat(200);
    const arrivals = Array.from({ length: 4 * 40 }, (_, i) =>
      used({
        at: new Date(START_MS + Math.floor(i / 40) * DAY_MS + (i % 40) * MINUTE_MS).toISOString(),
        environment: `${nasty}${i % 20}`,
        sourceIp: `${nasty}${i}`,
        id: `${nasty}${i}`,
      }),
    );
    for (const windowHours of [24, 48]) {
      const bounded = createEngine({
        rules: [multiEnvironmentUse],
        settings: { 'multi-environment-use': { windowHours } },
        recentIdentities: 0,
      });
      const { maxBytes } = run(bounded, arrivals, true);
      expect(maxBytes).toBeLessThan(multiEnvironmentUse.stateBytes);
      expect(maxBytes).toBeGreaterThan(multiEnvironmentUse.stateBytes / 4);
    }
  });

  it('keeps the environments that the key is not allowed in when there are too many', () => {
    const allowed = Array.from({ length: 20 }, (_, i) => `allowed-${String(i).padStart(2, '0')}`);
    const all = [...allowed, 'zzz'].map((environment, i) => ({
      atMs: START_MS + i * MINUTE_MS,
      environment,
    }));
    const forwards = found(arrivalsOf(all, [], allowed));
    const zzzFirst = all.map(({ environment }, i) => ({
      atMs: START_MS + (20 - i) * MINUTE_MS,
      environment,
    }));
    expect(Object.keys(forwards)).toEqual(['2026-03-01']);
    expect(forwards['2026-03-01']?.environments).toContain('zzz');
    expect(found(arrivalsOf(zzzFirst, [], allowed))['2026-03-01']?.environments).toContain('zzz');
  });

  it('takes about 250 bytes of a quiet key in one environment', () => {
    const quiet = Array.from({ length: 4 }, (_, day) =>
      used({
        at: new Date(START_MS + (day + 0.5) * DAY_MS).toISOString(),
        environment: 'production',
        sourceIp: '10.1.2.3',
        id: `01JNE3V8Q2Y3W6Z9X4T7R5P${day}`,
      }),
    );
    expect(run(engine, quiet, true).maxBytes).toBeLessThan(270);
  });
});
