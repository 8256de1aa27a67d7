import { migrate } from '@keywatch/clickhouse';
import { CONSUMER_GROUPS } from '@keywatch/events';
import { readMetric, startApp, type RunningApp } from '../kit/app.js';
import { peakMemoryMb, watchOthers } from '../kit/machine.js';
import type { BenchStack } from '../kit/stack.js';
import { percentiles, type Percentiles } from '../kit/statistics.js';
import { logEnds, TOPIC, untilJoined } from '../kit/topic.js';
import { until } from '../kit/waiting.js';
import { watchAlerts, type AlertWatch } from './alert-watch.js';
import { rowLatencies } from './row-latency.js';
import { watchRows, type RowWatch } from './row-watch.js';
import { steadyLoad, type Load } from './steady-load.js';

/** Latencies in ms, from just before the event was sent. */
export interface Latency {
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly alerts: Percentiles;
  readonly rows: Percentiles;
  /** The longest of each of what was sent in the first seconds, which the figures leave out: everything starts. */
  readonly atStart: {
    readonly seconds: number;
    readonly alertMs: number;
    readonly rowMs: number;
  };
  /** Of the broker's acknowledgement alone. */
  readonly acknowledged: Percentiles;
  readonly peakMemoryMb: Readonly<Record<'ingest' | 'detect', number | undefined>>;
  /** What ingest made of it: how many inserts into key events, and on average their rows and ms. */
  readonly inserts: { readonly count: number; readonly rows: number; readonly ms: number };
  /** Cores that processes of others used meanwhile. */
  readonly othersCores: number | undefined;
}

/** Planted uses per second: seldom among the others, often enough for a 99th percentile. */
const PLANTED_PER_SECOND = 20;
/** Code is compiled, state is restored, connections are opened: what a start costs is told apart. */
const WARM_UP_MS = 5_000;
const STALL_MS = 60_000;

/** Runs ingest and detect beside each other on an empty stack, under a steady load. */
export async function runLatency(
  stack: BenchStack,
  rate: number,
  seconds: number,
  signal: AbortSignal,
): Promise<Latency> {
  const clickhouse = stack.database('keywatch');
  await migrate(clickhouse);
  const settings = { ...stack.connections, KEYWATCH_LOG_FORMAT: 'text' };
  const running: { stop(): Promise<void> }[] = [];
  const keep = <T extends { stop(): Promise<void> }>(part: T): T => {
    running.push(part);
    return part;
  };
  try {
    const ingest = keep(await startApp('ingest', settings));
    const detect = keep(await startApp('detect', settings));
    const rows = keep(watchRows(clickhouse));
    const alerts = keep(await watchAlerts(stack));
    const failed = Promise.race([ingest.failed, detect.failed]);
    await Promise.race([
      failed,
      Promise.all([
        untilJoined(stack, CONSUMER_GROUPS.ingest, signal, ingest.lastLines),
        untilJoined(stack, CONSUMER_GROUPS.detect, signal, detect.lastLines),
      ]),
    ]);
    const all = seconds + WARM_UP_MS / 1000;
    const planted = Math.max(1, PLANTED_PER_SECOND * all);
    const others = watchOthers([...stack.pids, ingest.pid, detect.pid]);
    const load = await Promise.race([
      failed,
      steadyLoad(stack, { rate, seconds: all, planted }, signal),
    ]);
    const othersCores = others();
    await Promise.race([failed, untilArrived(stack, load, alerts, rows, [ingest, detect], signal)]);
    const warmMs = Math.min(...load.sent.map(({ at }) => at)) + WARM_UP_MS;
    const alertLatencies = (within: (at: number) => boolean): number[] =>
      [...load.strayAt]
        .filter(([, at]) => within(at))
        .map(([key, at]) => (alerts.seenAt.get(key) ?? Number.NaN) - at);
    return {
      events: load.events,
      eventsPerSecond: load.events / load.seconds,
      alerts: percentiles(alertLatencies((at) => at >= warmMs)),
      rows: percentiles(rowLatencies(load.sent, rows.looks, { fromMs: warmMs })),
      atStart: {
        seconds: WARM_UP_MS / 1000,
        alertMs: percentiles(alertLatencies((at) => at < warmMs)).max,
        rowMs: percentiles(rowLatencies(load.sent, rows.looks, { beforeMs: warmMs })).max,
      },
      acknowledged: percentiles(load.acknowledged),
      peakMemoryMb: { ingest: peakMemoryMb(ingest.pid), detect: peakMemoryMb(detect.pid) },
      inserts: await insertsOf(ingest),
      othersCores,
    };
  } finally {
    for (const part of running.reverse()) await part.stop();
  }
}

async function insertsOf(ingest: RunningApp): Promise<Latency['inserts']> {
  const of = async (name: string): Promise<number> => {
    const values = await readMetric(ingest, `keywatch_ingest_${name}`);
    const [found] = [...values].filter(([labels]) => labels.includes(`topic="${TOPIC}"`));
    return found?.[1] ?? Number.NaN;
  };
  const count = await of('insert_seconds_count');
  return {
    count,
    rows: (await of('range_messages_sum')) / count,
    ms: (1000 * (await of('insert_seconds_sum'))) / count,
  };
}

/** @throws Error where an alert or a row does not come */
async function untilArrived(
  stack: BenchStack,
  load: Load,
  alerts: AlertWatch,
  rows: RowWatch,
  apps: readonly RunningApp[],
  signal: AbortSignal,
): Promise<void> {
  const ends = await logEnds(stack);
  const why = (): string => apps.map((app) => app.lastLines()).join('\n');
  const options = { signal, everyMs: 50, stallMs: STALL_MS, why };
  await until('Alerts and rows of the load', options, (progress) => {
    const alerted = [...load.strayAt.keys()].filter((key) => alerts.seenAt.has(key)).length;
    const behind = [...ends].filter(([partition, end]) => rows.lastOf(partition) < end - 1).length;
    progress(alerted - behind + rows.looks.length);
    return Promise.resolve(alerted === load.strayAt.size && behind === 0 ? true : undefined);
  });
}
