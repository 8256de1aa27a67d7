import { describe, expect, it } from '@jest/globals';
import { REQUEST_MADE, type KeyEventData, type OutgoingKeyEvent } from '@keywatch/events';
import fc from 'fast-check';
import { generateTraffic, type PlantedAnomaly, type TrafficOptions } from './index.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const END = Date.parse('2026-03-15T13:00:00Z');

interface Use {
  id: string;
  ms: number;
  data: KeyEventData<typeof REQUEST_MADE>;
}
/** All that the events say of one key. */
interface History {
  subject: string;
  uses: Use[];
  created?: KeyEventData<'keywatch.key.created.v1'>;
  createdMs: number;
  madeMs: number;
  madeId: string;
  rotations: { ms: number; version: number; graceEndsMs: number }[];
  revokedMs: number;
  disabledMs: number;
  enabledMs: number;
  leakedMs: number;
}

/** Reads the events alone, by other code than what made them. */
function histories(events: readonly OutgoingKeyEvent[]): History[] {
  const all = new Map<string, History>();
  for (const event of events) {
    const ms = Date.parse(event.time ?? '');
    const history: History = all.get(event.subject) ?? {
      subject: event.subject,
      uses: [],
      createdMs: Infinity,
      madeMs: Infinity,
      madeId: '',
      rotations: [],
      revokedMs: Infinity,
      disabledMs: Infinity,
      enabledMs: Infinity,
      leakedMs: Infinity,
    };
    all.set(event.subject, history);
    switch (event.type) {
      case 'keywatch.key.request-made.v1':
        history.uses.push({ id: event.id, ms, data: event.data });
        break;
      case 'keywatch.key.created.v1':
        history.created = event.data;
        history.createdMs = history.madeMs = ms;
        history.madeId = event.id;
        break;
      case 'keywatch.key.rotated.v1': {
        const data = event.data as KeyEventData<'keywatch.key.rotated.v1'>;
        history.madeMs = ms;
        history.madeId = event.id;
        const graceEndsMs = Date.parse(data.graceEndsAt ?? '');
        history.rotations.push({ ms, version: data.secretVersion ?? 0, graceEndsMs });
        break;
      }
      case 'keywatch.key.revoked.v1':
        history.revokedMs = ms;
        break;
      case 'keywatch.key.disabled.v1':
        history.disabledMs = ms;
        break;
      case 'keywatch.key.enabled.v1':
        history.enabledMs = ms;
        break;
      case 'keywatch.key.leak-reported.v1':
        history.leakedMs = ms;
    }
  }
  return [...all.values()];
}

const isRefusal = ({ data }: Use): boolean => data.status === 401 || data.status === 403;

/** The most of these times within ten minutes. */
function densest(times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((from) => times.filter((ms) => ms >= from && ms - from <= 10 * MINUTE).length),
  );
}

/** Pairs of uses in two environments within 24 hours, by the UTC day of the later one. By comparing all with all. */
function environmentDays(history: History): { day: string; environments: string[] }[] {
  const allowed = new Set(history.created?.allowedEnvironments ?? []);
  const days = new Map<string, Set<string>>();
  const byEnvironment = Object.entries(
    Object.groupBy(history.uses, ({ data }) => data.environment ?? ''),
  );
  for (const [a, usesOfA = []] of byEnvironment) {
    for (const [b, usesOfB = []] of byEnvironment) {
      if (a === b || a === '' || b === '' || (allowed.has(a) && allowed.has(b))) continue;
      for (const earlier of usesOfA) {
        for (const later of usesOfB) {
          if (earlier.ms > later.ms || later.ms - earlier.ms > DAY) continue;
          const day = new Date(later.ms).toISOString().slice(0, 10);
          days.set(day, (days.get(day) ?? new Set()).add(a).add(b));
        }
      }
    }
  }
  return [...days].map(([day, environments]) => ({ day, environments: [...environments].sort() }));
}

/** What rules would find, one line each. */
function findAll(events: readonly OutgoingKeyEvent[], endMs: number): string[] {
  return histories(events)
    .flatMap((history) => {
      const found: string[] = [];
      const { subject, uses, created } = history;
      for (const { day, environments } of environmentDays(history)) {
        found.push(`multi-environment-use ${subject} ${day} ${environments.join('+')}`);
      }
      const expiresMs = Date.parse(created?.expiresAt ?? '9999-01-01T00:00:00Z');
      const usable =
        history.revokedMs > endMs &&
        expiresMs > endMs &&
        !(history.disabledMs <= endMs && history.enabledMs > endMs);
      const milestone = [365, 120, 90, 75].find((days) => endMs - history.madeMs >= days * DAY);
      if (usable && created?.kind === 'long-term' && milestone !== undefined) {
        found.push(`stale-key ${subject} ${milestone} ${history.madeId}`);
      }
      if (uses.some(({ ms }) => ms > history.revokedMs + MINUTE)) {
        found.push(`revoked-key-use ${subject}`);
      }
      if (densest(uses.filter(isRefusal).map(({ ms }) => ms)) >= 20) {
        found.push(`auth-failure-burst ${subject}`);
      }
      if (history.leakedMs < Infinity) found.push(`leaked-key-reported ${subject}`);
      if (uses.some(({ ms }) => ms > history.leakedMs))
        found.push(`use-after-leak-report ${subject}`);
      if (uses.some(({ ms }, n) => ms - (uses[n - 1]?.ms ?? ms) > 30 * DAY)) {
        found.push(`dormant-key-awakened ${subject}`);
      }
      if (uses.some(({ data }) => !data.userAgent?.startsWith('example-sdk-'))) {
        found.push(`scanner-user-agent ${subject}`);
      }
      return found;
    })
    .sort();
}

function lineOf({
  rule,
  keyId,
  day,
  environments,
  milestoneDays,
  firstEventId,
}: PlantedAnomaly): string {
  if (rule === 'multi-environment-use') {
    return `${rule} ${keyId} ${day} ${environments?.join('+') ?? ''}`;
  }
  return rule === 'stale-key'
    ? `${rule} ${keyId} ${milestoneDays ?? 0} ${firstEventId}`
    : `${rule} ${keyId}`;
}

const WORLDS: readonly [name: string, options: TrafficOptions][] = [
  ['a week', { seed: 1, keys: 300, days: 7, ratePerSecond: 0.05, endMs: END }],
  ['a busy day', { seed: 2, keys: 40, days: 1, ratePerSecond: 0.2, endMs: END }],
  ['a few hours', { seed: 3, keys: 100, days: 0.1, ratePerSecond: 1, endMs: END }],
  ['a quarter', { seed: 4, keys: 200, days: 90, ratePerSecond: 0.003, endMs: END }],
  ['a quiet half-year', { seed: 8, keys: 400, days: 180, ratePerSecond: 0.0005, endMs: END }],
  ['a small world', { seed: 5, keys: 12, days: 3, endMs: END }],
];

describe.each(WORLDS)('planted anomalies of %s', (_name, options) => {
  const traffic = generateTraffic(options);
  const events = [...traffic.events];
  const truth = traffic.truth();

  it('are exactly what the events show', () => {
    expect(truth.map(lineOf).sort()).toEqual(findAll(events, options.endMs));
  });

  it('name events that are there, first and last in order', () => {
    const position = new Map(events.map(({ id }, n) => [id, n]));
    for (const { firstEventId, lastEventId, keyId, tenantId, events: count } of truth) {
      const [first, last] = [position.get(firstEventId), position.get(lastEventId)];
      expect(events[first ?? -1]).toMatchObject({ subject: keyId, tenantid: tenantId });
      expect(events[last ?? -1]).toMatchObject({ subject: keyId, tenantid: tenantId });
      expect((last ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(count - 1);
    }
  });

  it('are absent when none are asked for', () => {
    const clean = generateTraffic({ ...options, anomalies: {} });
    expect(findAll([...clean.events], options.endMs)).toEqual([]);
    expect(clean.truth()).toEqual([]);
  });
});

it('planted anomalies are exactly what the events show in any world', () => {
  const world = fc.record({
    seed: fc.nat(),
    keys: fc.integer({ min: 8, max: 150 }),
    days: fc.oneof(fc.double({ min: 0.1, max: 3, noNaN: true }), fc.integer({ min: 3, max: 400 })),
    requests: fc.integer({ min: 10, max: 3000 }),
    endMs: fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2030-01-01') }),
  });
  fc.assert(
    fc.property(world, ({ requests, ...options }) => {
      const ratePerSecond = requests / (options.days * 86_400);
      const traffic = generateTraffic({ ...options, ratePerSecond });
      const found = findAll([...traffic.events], options.endMs);
      expect(traffic.truth().map(lineOf).sort()).toEqual(found);
    }),
    { numRuns: 40 },
  );
});

describe('clean traffic', () => {
  const { events: generator } = generateTraffic({
    seed: 6,
    keys: 400,
    days: 10,
    ratePerSecond: 0.2,
    endMs: END,
    anomalies: {},
  });
  const events = [...generator];
  const keys = histories(events).filter(({ created }) => created !== undefined);

  it('uses a key only where and while it may be used', () => {
    for (const { uses, created, createdMs, ...life } of keys) {
      const expiresMs = Date.parse(created?.expiresAt ?? '9999-01-01T00:00:00Z');
      const wrong = uses.filter(
        ({ ms, data }) =>
          ms <= createdMs ||
          ms >= Math.min(life.revokedMs, expiresMs) ||
          (ms > life.disabledMs && ms < life.enabledMs) ||
          (data.environment !== undefined &&
            created?.allowedEnvironments?.includes(data.environment) !== true),
      );
      expect(wrong).toEqual([]);
    }
  });

  it('moves to a new secret within its grace', () => {
    let old = 0;
    for (const { uses, rotations } of keys) {
      for (const { ms, data } of uses) {
        const current = rotations.findLast((rotation) => rotation.ms <= ms);
        if (data.secretVersion === (current?.version ?? 1)) continue;
        old += 1;
        expect(data.secretVersion).toBe((current?.version ?? 0) - 1);
        expect(ms).toBeLessThan(current?.graceEndsMs ?? 0);
      }
    }
    expect(old).toBeGreaterThan(10);
  });

  it('has every turn of a key in it', () => {
    const types = new Set(events.map(({ type }) => type));
    expect([...types].sort()).toEqual([
      'keywatch.key.created.v1',
      'keywatch.key.disabled.v1',
      'keywatch.key.enabled.v1',
      'keywatch.key.request-made.v1',
      'keywatch.key.revoked.v1',
      'keywatch.key.rotated.v1',
    ]);
    expect(keys.filter(({ created }) => created?.kind === 'temporary').length).toBeGreaterThan(0);
    expect(
      keys.filter(({ created }) => created?.allowedEnvironments?.length === 2).length,
    ).toBeGreaterThan(10);
    expect(events.some(({ type, data }) => type === REQUEST_MADE && !('environment' in data))).toBe(
      true,
    );
  });

  it('refuses fewer than 20 requests of an address in ten minutes, and few of unknown keys', () => {
    const requests = histories(events).flatMap(({ subject, uses }) =>
      uses.map((use) => ({ ...use, subject })),
    );
    const byAddress = Object.groupBy(requests.filter(isRefusal), ({ data }) => data.sourceIp ?? '');
    for (const refused of Object.values(byAddress)) {
      expect(densest((refused ?? []).map(({ ms }) => ms))).toBeLessThan(20);
    }
    const unknown = requests.filter(({ subject }) => subject.startsWith('unknown:'));
    expect(unknown.length).toBeGreaterThan(0);
    for (const tries of Object.values(Object.groupBy(unknown, ({ data }) => data.sourceIp ?? ''))) {
      expect(tries?.length).toBeLessThan(5);
    }
  });

  it('refuses a busy key no more often', () => {
    const busy = { seed: 7, keys: 3, days: 0.1, ratePerSecond: 40, endMs: END, anomalies: {} };
    const refused = new Map<string, number[]>();
    for (const event of generateTraffic(busy).events) {
      if (event.type !== REQUEST_MADE || !event.subject.startsWith('key_')) continue;
      const { status } = event.data as Use['data'];
      if (status === 401 || status === 403) {
        refused.set(event.subject, [
          ...(refused.get(event.subject) ?? []),
          Date.parse(event.time ?? ''),
        ]);
      }
    }
    expect([...refused.values()].flat().length).toBeGreaterThan(100);
    for (const times of refused.values()) expect(densest(times)).toBeLessThan(20);
  });
});
