import { describe, expect, it } from '@jest/globals';
import { pipelineGap, type Rhythm, type UncoveredOffsets } from '@keywatch/detection';
import type { AlertEvent } from '@keywatch/events';
import { Clock } from '@keywatch/platform';
import { pipelinePlan, PipelineWatch } from './pipeline-watch.js';
import { AlertLog, PipelineFacts, type ReaderFacts } from './ports.js';

const START = Date.UTC(2026, 2, 1, 12);
const TOPIC = 'keywatch.key-events';
const MINUTE = 60_000;

/** Broker, ClickHouse and the log of alerts, on a clock that is moved by hand. */
class World extends PipelineFacts {
  now = START;
  kafkaAway = false;
  clickhouseAway = false;
  refusing = false;
  gaps: UncoveredOffsets[] = [];
  tenants: Rhythm[] = [];
  resumed: number | null = null;
  faultOf: string | undefined;
  readonly waiting = new Map<string, { committed: number; sinceMs: number }>();
  readonly topic: AlertEvent[] = [];

  override readers(): Promise<ReaderFacts[]> {
    if (this.kafkaAway) return Promise.reject(new Error('no broker'));
    return Promise.resolve(
      ['ingest', 'detect'].map((app) => {
        const at = this.waiting.get(app);
        const partition = {
          partition: 0,
          low: 0,
          high: 100,
          committed: at?.committed ?? 100,
          waitingSinceMs: at?.sinceMs ?? null,
        };
        return { app, topic: TOPIC, partitions: [partition] };
      }),
    );
  }
  override fault() {
    return Promise.resolve(this.faultOf);
  }
  override ping(): Promise<void> {
    return this.clickhouseAway ? Promise.reject(new Error('ECONNREFUSED')) : Promise.resolve();
  }
  override uncovered() {
    return Promise.resolve(this.gaps);
  }
  override storedUpToMs() {
    return Promise.resolve(this.now);
  }
  override rhythms() {
    return Promise.resolve(this.tenants);
  }
  override firstRequestAfter() {
    return Promise.resolve(this.resumed);
  }

  watch(over: object = {}): PipelineWatch {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- doubles of two ports share one world
    const world = this;
    let read = 0;
    return new PipelineWatch({
      plan: pipelinePlan({ enabled: true, settings: over as Record<string, unknown> }, []),
      facts: this,
      log: new (class extends AlertLog {
        override follow() {
          if (world.kafkaAway) return Promise.reject(new Error('no broker'));
          const fresh = world.topic.slice(read);
          read = world.topic.length;
          return Promise.resolve(fresh);
        }
        override tell(alerts: readonly AlertEvent[]) {
          if (world.refusing) return Promise.reject(new Error('not enough replicas'));
          world.topic.push(...alerts);
          return Promise.resolve();
        }
      })(),
      clock: new (class extends Clock {
        override now() {
          return world.now;
        }
      })(),
      latenessMs: 15 * MINUTE,
      storedEveryMs: 60_000,
    });
  }

  /** Looks every five seconds for so long. */
  async lookFor(ms: number, ...watches: PipelineWatch[]): Promise<void> {
    for (const end = this.now + ms; this.now < end; this.now += 5_000)
      for (const watch of watches) await watch.look();
  }

  get told(): string[] {
    return this.topic.map(({ alert }) => `${alert.keyId} ${String(alert.evidence.facts['state'])}`);
  }
}

describe('the watch over the pipeline', () => {
  it('tells nothing of a pipeline that gets on', async () => {
    const world = new World();
    world.waiting.set('detect', { committed: 90, sinceMs: START - 3_000 });
    const looking = world.watch();
    for (let i = 0; i < 60; i += 1) {
      await world.lookFor(5_000, looking);
      world.waiting.set('detect', { committed: 90 + i, sinceMs: world.now - 3_000 });
    }
    expect(world.told).toEqual([]);
  });

  it('tells once that an app is behind, and once when it has caught up, with the times', async () => {
    const world = new World();
    const watch = world.watch();
    world.waiting.set('detect', { committed: 40, sinceMs: START });
    await world.lookFor(10 * MINUTE, watch);
    expect(world.told).toEqual([`detect/${TOPIC} open`]);
    world.waiting.delete('detect');
    await world.lookFor(MINUTE, watch);
    expect(world.told).toEqual([`detect/${TOPIC} open`, `detect/${TOPIC} ended`]);
    expect(world.topic[1]?.alert).toMatchObject({
      alertId: world.topic[0]?.alert.alertId,
      evidence: {
        facts: {
          since: '2026-03-01T12:00:00.000Z',
          until: '2026-03-01T12:10:00.000Z',
          seconds: 600,
        },
      },
    });
    expect(world.topic[1]?.alert.evidence.facts).not.toHaveProperty('endedAtTheLatest');
  });

  it('tells nothing more of it after a restart, nor does a second member', async () => {
    const world = new World();
    world.waiting.set('detect', { committed: 40, sinceMs: START });
    await world.lookFor(2 * MINUTE, world.watch());
    const [restarted, second] = [world.watch(), world.watch()];
    await world.lookFor(2 * MINUTE, restarted, second);
    expect(world.told).toEqual([`detect/${TOPIC} open`]);
    world.waiting.delete('detect');
    await world.lookFor(MINUTE, restarted, second);
    expect(world.told).toEqual([`detect/${TOPIC} open`, `detect/${TOPIC} ended`]);
  });

  it('does not believe one look', async () => {
    const world = new World();
    const watch = world.watch();
    world.waiting.set('detect', { committed: 40, sinceMs: START - 5 * MINUTE });
    await watch.look();
    world.waiting.delete('detect');
    await world.lookFor(MINUTE, watch);
    expect(world.told).toEqual([]);
  });

  it('tells it with the next look where the broker did not take it', async () => {
    const world = new World();
    const watch = world.watch();
    world.waiting.set('detect', { committed: 40, sinceMs: START - 5 * MINUTE });
    await watch.look();
    world.refusing = true;
    await expect(watch.look()).rejects.toThrow('not enough replicas');
    world.refusing = false;
    await watch.look();
    expect(world.told).toEqual([`detect/${TOPIC} open`]);
  });

  it('says of a partition that stands still what is wrong with what waits', async () => {
    const world = new World();
    world.faultOf = '200 of the next 200 messages can not be events';
    world.waiting.set('ingest', { committed: 40, sinceMs: START });
    await world.lookFor(2 * MINUTE, world.watch());
    expect(world.topic[0]?.alert.sentence).toContain('partition 0: 200 of the next 200');
  });

  it('tells that ClickHouse is away, and not that ingest waits for it', async () => {
    const world = new World();
    const watch = world.watch();
    world.clickhouseAway = true;
    world.waiting.set('ingest', { committed: 40, sinceMs: START });
    await world.lookFor(5 * MINUTE, watch);
    expect(world.told).toEqual(['clickhouse open']);
    world.clickhouseAway = false;
    await world.lookFor(30_000, watch);
    world.waiting.delete('ingest');
    await world.lookFor(5 * MINUTE, watch);
    expect(world.told).toEqual(['clickhouse open', 'clickhouse ended']);
    expect(world.topic[1]?.alert.evidence.facts).toMatchObject({
      since: '2026-03-01T12:00:00.000Z',
      until: '2026-03-01T12:05:00.000Z',
    });
  });

  it('tells that ingest is still behind when ClickHouse has been back for long enough', async () => {
    const world = new World();
    const watch = world.watch();
    world.clickhouseAway = true;
    world.waiting.set('ingest', { committed: 40, sinceMs: START });
    await world.lookFor(5 * MINUTE, watch);
    world.clickhouseAway = false;
    await world.lookFor(2 * MINUTE, watch);
    expect(world.told).toEqual(['clickhouse open', 'clickhouse ended', `ingest/${TOPIC} open`]);
    expect(world.topic[2]?.alert.occurredAt).toBe('2026-03-01T12:00:00.000Z');
  });

  it('tells that Kafka was away when it is back, with its true times; short absences not at all', async () => {
    const world = new World();
    const watch = world.watch();
    await watch.look();
    world.now = START + 10_000;
    world.kafkaAway = true;
    await world.lookFor(3 * MINUTE, watch);
    expect(world.told).toEqual([]);
    world.kafkaAway = false;
    await world.lookFor(MINUTE, watch);
    expect(world.told).toEqual(['kafka ended']);
    expect(world.topic[0]?.alert.evidence.facts).toMatchObject({
      since: '2026-03-01T12:00:10.000Z',
      until: '2026-03-01T12:03:10.000Z',
      seconds: 180,
    });
    world.kafkaAway = true;
    await world.lookFor(50_000, watch);
    world.kafkaAway = false;
    await world.lookFor(MINUTE, watch);
    expect(world.told).toEqual(['kafka ended']);
  });

  it('tells of missing offsets once, however often they are seen', async () => {
    const world = new World();
    world.gaps = [
      { topic: TOPIC, partition: 0, from: 5, to: 9, afterMs: START - 2000, beforeMs: START - 1000 },
    ];
    await world.lookFor(5 * MINUTE, world.watch());
    await world.lookFor(2 * MINUTE, world.watch());
    expect(world.told).toEqual([`store/${TOPIC}/0/5 ended`]);
  });

  it('tells that a tenant has gone quiet, and when it asked again', async () => {
    const world = new World();
    const watch = world.watch();
    const rhythm = { requests: 9000, firstMs: START - 7 * 86_400_000, longestSilenceMs: 60_000 };
    world.tenants = [
      { ...rhythm, tenantId: 'acme', lastMs: START - 31 * MINUTE },
      { ...rhythm, tenantId: 'busy', lastMs: START + 60 * MINUTE },
    ];
    await world.lookFor(3 * MINUTE, watch);
    expect(world.told).toEqual(['producer/acme open']);
    expect(world.topic[0]?.alert).toMatchObject({ tenantId: 'acme', severity: 'medium' });
    world.resumed = START + MINUTE;
    world.tenants = [];
    await world.lookFor(2 * MINUTE, watch);
    expect(world.told).toEqual(['producer/acme open', 'producer/acme ended']);
    expect(world.topic[1]?.alert.evidence.facts['until']).toBe('2026-03-01T12:01:00.000Z');
  });

  it('follows settings and exceptions', async () => {
    const world = new World();
    world.waiting.set('detect', { committed: 40, sinceMs: START - 10_000 });
    await world.lookFor(20_000, world.watch({ lagSeconds: 5 }));
    expect(world.told).toHaveLength(1);
    const off = world.watch();
    off.change({ ...pipelinePlan(undefined, []), enabled: false });
    world.waiting.set('ingest', { committed: 40, sinceMs: START - 10 * MINUTE });
    await world.lookFor(MINUTE, off);
    expect(world.told).toHaveLength(1);
    const excepted = world.watch();
    excepted.change(
      pipelinePlan(undefined, [
        {
          rules: [pipelineGap.id],
          keys: [`ingest/${TOPIC}`],
          reason: 'a spec',
          untilMs: START + 86_400_000,
        },
      ]),
    );
    await world.lookFor(MINUTE, excepted);
    expect(world.told.filter((told) => told.startsWith('ingest'))).toEqual([]);
  });
});
