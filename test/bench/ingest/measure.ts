import { migrate, type ClickHouse } from '@keywatch/clickhouse';
import { cpuSeconds, peakMemoryMb, watchOthers } from '../kit/machine.js';
import type { BenchStack } from '../kit/stack.js';
import { until } from '../kit/waiting.js';
import type { Contestant } from './contestant.js';
import { contentsOf, fillOf, type Contents } from './contents.js';

/** One way, one time. */
export interface Heat {
  readonly contestant: Contestant['id'];
  readonly round: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly firstRowsAfterSeconds: number;
  /** Processor seconds of the engine, and of the process before it; they tell more than time where others use the machine. */
  readonly engineCpuSeconds: number | undefined;
  readonly appCpuSeconds: number | undefined;
  readonly appPeakMemoryMb: number | undefined;
  /** Cores that processes of others used meanwhile: a figure taken beside them is worth less. */
  readonly othersCores: number | undefined;
  /** Ranges written, each as one insert; the Kafka engine writes none. */
  readonly ranges: number;
}

/** Each look costs the engine 3 ms of a core. */
const LOOK_MS = 100;
const STALL_MS = 60_000;

/**
 * Times a contestant over the whole topic into tables of its own: from the moment its consumers have their partitions
 * (or its first insert is sent) until every event is in every table. Starting the process and joining the group are not
 * in it, reading the first messages is.
 */
export async function runHeat(
  stack: BenchStack,
  contestant: Contestant,
  round: number,
  events: number,
  signal: AbortSignal,
): Promise<{ heat: Heat; contents: Contents }> {
  const name = `bench_${contestant.id.replaceAll('-', '_')}_${round}`;
  const clickhouse = stack.database(name);
  await migrate(clickhouse);
  await untilQuiet(stack, signal);
  try {
    const engineCpu = cpuSince(stack.engine.pid);
    const running = await contestant.start({ stack, clickhouse, events, round, signal });
    const appCpu = cpuSince(running.pid);
    const others = watchOthers([...stack.pids, running.pid]);
    try {
      let firstRows: number | undefined;
      const filled = until(
        `${contestant.title}, round ${round}`,
        { signal, everyMs: LOOK_MS, stallMs: STALL_MS, why: () => running.why() },
        async (progress) => {
          const fill = await fillOf(clickhouse, events);
          progress(fill.events);
          if (fill.events > 0) firstRows ??= performance.now();
          return fill.whole ? performance.now() : undefined;
        },
      );
      const endedAt = await Promise.race([filled, running.failed]);
      const seconds = (endedAt - running.beganAt) / 1000;
      const heat: Heat = {
        contestant: contestant.id,
        round,
        seconds,
        eventsPerSecond: events / seconds,
        firstRowsAfterSeconds: ((firstRows ?? endedAt) - running.beganAt) / 1000,
        engineCpuSeconds: engineCpu(),
        appCpuSeconds: appCpu(),
        appPeakMemoryMb: running.pid === undefined ? undefined : peakMemoryMb(running.pid),
        othersCores: others(),
        ranges: await rangesOf(clickhouse),
      };
      return { heat, contents: await contentsOf(clickhouse) };
    } finally {
      await running.stop();
    }
  } finally {
    await clickhouse.client.command({ query: `DROP DATABASE IF EXISTS ${name} SYNC` });
  }
}

async function rangesOf({ reader }: ClickHouse): Promise<number> {
  const answer = await reader.query({
    query: 'SELECT toUInt32(count()) AS n FROM ranges',
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ n: number }>();
  return row?.n ?? 0;
}

/** Gives the processor seconds used from now on. */
function cpuSince(pid: number | undefined): () => number | undefined {
  const before = pid === undefined ? undefined : cpuSeconds(pid);
  return () => {
    const now = pid === undefined ? undefined : cpuSeconds(pid);
    return now === undefined || before === undefined ? undefined : now - before;
  };
}

/** Merges that the heat before left behind would slow this one. */
async function untilQuiet(stack: BenchStack, signal: AbortSignal): Promise<void> {
  await until(
    'Merges of the heat before',
    { signal, everyMs: 100, stallMs: 120_000 },
    async (progress) => {
      const answer = await stack.clickhouse.client.query({
        query: 'SELECT count() AS n, sum(progress) AS done FROM system.merges',
        format: 'JSONEachRow',
      });
      const [found] = await answer.json<{ n: number | string; done: number }>();
      progress(found?.done ?? 0);
      return Number(found?.n ?? 0) === 0 ? true : undefined;
    },
  );
}
