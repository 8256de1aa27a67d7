import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY, sweepPlans, type Sweep } from '@keywatch/detection';
import type { AlertEvent, OwnerNotice, Watermark } from '@keywatch/events';
import { createLog } from '@keywatch/platform';
import { z } from 'zod';
import type { SweepRun } from '@keywatch/clickhouse';
import { AlertTopic, History, Progress, Rounds } from './ports.js';
import { NotEvaluated, Sweeper, type SweeperOptions } from './sweeper.js';

interface Row {
  key: string;
  email: string;
  lane: string;
}

const oldKeys: Sweep<Row> = {
  id: 'old-keys',
  version: 1,
  title: 'Old keys',
  description: 'For specs.',
  severity: 'low',
  runbook: { means: '', check: [], act: [], falseAlarms: [] },
  settings: z.strictObject({}),
  sql: (_settings, { asOfMs }) => ({ query: 'SELECT', params: { asOfMs } }),
  row: z.object({ key: z.string(), email: z.string(), lane: z.string() }),
  toFindings: ({ key, email, lane }, { asOfMs }) => [
    {
      tenantId: 'acme',
      lane,
      keyId: key,
      window: 'v1/90d',
      revision: ['low'],
      scope: { view: 'requests' },
      severity: 'low',
      sentence: `${key} is old.`,
      occurredAtMs: asOfMs,
      facts: {},
      owner: { id: '', email, team: '' },
    },
  ],
};

const watermarkAt = (upToMs: number | null): Watermark => ({
  state: 'complete',
  upToMs,
  lagMessages: 0,
  missing: 0,
  partitions: [],
});

class World {
  rows: Row[] = [];
  watermark = watermarkAt(10_000);
  broken = false;
  readonly asked: unknown[] = [];
  readonly notices: OwnerNotice[] = [];
  readonly alerts: AlertEvent[] = [];
  readonly rounds: SweepRun[][] = [];
  recordable = true;

  sweeper(...more: Sweep[]): Sweeper {
    return new Sweeper(this.options(...more));
  }

  options(...more: Sweep[]): SweeperOptions {
    return {
      sweeps: [...more, oldKeys as unknown as Sweep].map((sweep) => ({ sweep, settings: {} })),
      progress: new (class extends Progress {
        constructor(private readonly world: World) {
          super();
        }
        override watermark(): Promise<Watermark> {
          return Promise.resolve(this.world.watermark);
        }
      })(this),
      history: new (class extends History {
        constructor(private readonly world: World) {
          super();
        }
        override rows(query: { params: object }): Promise<unknown[]> {
          this.world.asked.push(query.params);
          return Promise.resolve(this.world.rows);
        }
      })(this),
      topic: new (class extends AlertTopic {
        constructor(private readonly world: World) {
          super();
        }
        override tell(
          notices: readonly OwnerNotice[],
          alerts: readonly AlertEvent[],
        ): Promise<void> {
          if (this.world.broken) return Promise.reject(new Error('broker is away'));
          this.world.notices.push(...notices);
          this.world.alerts.push(...alerts);
          return Promise.resolve();
        }
      })(this),
      rounds: new (class extends Rounds {
        constructor(private readonly world: World) {
          super();
        }
        override record(runs: readonly SweepRun[]): Promise<void> {
          if (!this.world.recordable) return Promise.reject(new Error('ClickHouse is away'));
          this.world.rounds.push([...runs]);
          return Promise.resolve();
        }
      })(this),
      latenessMs: 1000,
      log: createLog({ app: 'sweep', level: 'silent', format: 'json' }),
    };
  }
}
const row = (key: string, email = 'ann@example.com', lane = 'live'): Row => ({ key, email, lane });

describe('Sweeper', () => {
  it('looks up to the watermark less the lateness, never up to the time of day', async () => {
    const world = new World();
    expect(await world.sweeper().run()).toBe(9000);
    expect(world.asked).toEqual([{ asOfMs: 9000 }]);
  });

  it('raises each alert and tells each owner once', async () => {
    const world = new World();
    world.rows = [row('k1'), row('k2'), row('k3', 'bob@example.com')];
    await world.sweeper().run();
    expect(world.alerts.map(({ alert }) => alert.keyId)).toEqual(['k1', 'k2', 'k3']);
    expect(world.notices.map(({ owner, alerts }) => [owner.email, alerts.length])).toEqual([
      ['ann@example.com', 2],
      ['bob@example.com', 1],
    ]);
  });

  it('does not tell again what is still on its way into the tables, and forgets it once it has arrived', async () => {
    const world = new World();
    const sweeper = world.sweeper();
    world.rows = [row('k1')];
    await sweeper.run();
    world.rows = [row('k1'), row('k2')];
    await sweeper.run();
    expect(world.alerts.map(({ alert }) => alert.keyId)).toEqual(['k1', 'k2']);
    world.rows = [];
    await sweeper.run();
    world.rows = [row('k1')];
    await sweeper.run();
    expect(world.alerts).toHaveLength(3);
  });

  it('tells everything in the next round when the broker was away', async () => {
    const world = new World();
    const sweeper = world.sweeper();
    world.rows = [row('k1')];
    world.broken = true;
    await expect(sweeper.run()).rejects.toThrow('broker is away');
    world.broken = false;
    await sweeper.run();
    expect(world.alerts).toHaveLength(1);
    expect(world.notices).toHaveLength(1);
  });

  it('mails nobody about keys of an import', async () => {
    const world = new World();
    world.rows = [row('k1', 'ann@example.com', 'import-2021')];
    await world.sweeper().run();
    expect(world.alerts[0]?.alert.historical).toBe(true);
    expect(world.notices).toEqual([]);
  });

  it('tells a sweep up to when everything was told, so that it need not look back further', async () => {
    const world = new World();
    const sinces: unknown[] = [];
    const noting: Sweep<Row> = {
      ...oldKeys,
      sql: (_settings, { sinceMs }) => {
        sinces.push(sinceMs);
        return { query: 'SELECT', params: {} };
      },
    };
    const sweeper = new Sweeper({
      ...world.options(),
      sweeps: [{ sweep: noting, settings: { maxFindings: 2 } }],
    });
    world.rows = [row('k1'), row('k2')];
    await sweeper.run(); // full: there may be more
    world.rows = [row('k3')];
    world.broken = true;
    await expect(sweeper.run()).rejects.toThrow('broker is away');
    world.broken = false;
    await sweeper.run();
    await sweeper.run();
    expect(sinces).toEqual([undefined, undefined, undefined, 9000]);
  });

  it('takes up other settings with the next round, and looks back as after a start', async () => {
    const world = new World();
    const asked: unknown[] = [];
    const tuned: Sweep<Row> = {
      ...oldKeys,
      settings: z.strictObject({ days: z.int().default(90) }),
      sql: ({ days }, { sinceMs }) => {
        asked.push([days, sinceMs]);
        return { query: 'SELECT', params: {} };
      },
    };
    const sweeps = [tuned as unknown as Sweep];
    const sweeper = new Sweeper({
      ...world.options(),
      sweeps: sweepPlans(sweeps, DEFAULT_POLICY),
    });
    world.rows = [row('k1')];
    await sweeper.run();
    await sweeper.run();
    const exception = { rules: ['*'], keys: ['k2'], reason: 'a spec', untilMs: 9001 };
    const policy = {
      ...DEFAULT_POLICY,
      rules: { 'old-keys': { days: 7 } },
      exceptions: [exception],
    };
    sweeper.change(sweepPlans(sweeps, policy));
    world.rows = [row('k2'), row('k3')];
    await sweeper.run();
    expect(asked).toEqual([
      [90, undefined],
      [90, 9000],
      [7, undefined],
    ]);
    expect(world.alerts.map(({ alert }) => alert.keyId)).toEqual(['k1', 'k3']);
    sweeper.change(sweepPlans(sweeps, { ...policy, rules: { 'old-keys': { enabled: false } } }));
    await sweeper.run();
    expect(asked).toHaveLength(3);
  });

  it('records how far each sweep that is on has looked, and which failed', async () => {
    const world = new World();
    world.rows = [row('k1')];
    const broken = { ...oldKeys, id: 'broken', row: z.never() } as unknown as Sweep;
    const options = world.options(broken);
    const off = {
      sweep: { ...oldKeys, id: 'off' } as unknown as Sweep,
      settings: {},
      enabled: false,
    };
    const sweeper = new Sweeper({ ...options, sweeps: [...options.sweeps, off] });
    await expect(sweeper.run()).rejects.toThrow();
    expect(world.rounds).toEqual([
      [
        expect.objectContaining({ sweep: 'broken', asOfMs: 9000, outcome: 'failed', alerts: 0 }),
        expect.objectContaining({ sweep: 'old-keys', asOfMs: 9000, outcome: 'done', alerts: 1 }),
      ],
    ]);
    expect(world.rounds[0]?.[0]?.error).not.toBe('');
  });

  it('says of an answer that may have been cut that not everything was told', async () => {
    const world = new World();
    const options = world.options();
    const sweeps = options.sweeps.map((plan) => ({ ...plan, settings: { maxFindings: 1 } }));
    world.rows = [row('k1')];
    await new Sweeper({ ...options, sweeps }).run();
    expect(world.rounds[0]?.[0]?.outcome).toBe('cut');
  });

  it('tells what it found also where that can not be recorded', async () => {
    const world = new World();
    world.recordable = false;
    world.rows = [row('k1')];
    await expect(world.sweeper().run()).resolves.toBe(9000);
    expect(world.alerts).toHaveLength(1);
  });

  it('evaluates nothing where a partition is not stored at all, and says so', async () => {
    const world = new World();
    world.watermark = { ...watermarkAt(null), lagMessages: 7 };
    await expect(world.sweeper().run()).rejects.toThrow(NotEvaluated);
    expect(world.asked).toEqual([]);
  });

  it('runs the other sweeps when one fails, and reports the failure', async () => {
    const world = new World();
    world.rows = [row('k1')];
    const broken = { ...oldKeys, id: 'broken', row: z.never() } as unknown as Sweep;
    await expect(world.sweeper(broken).run()).rejects.toThrow();
    expect(world.alerts).toHaveLength(1);
  });
});
