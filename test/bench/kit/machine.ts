import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { KAFKA_VERSION } from '@keywatch/local-stack';
import type { ClickHouse } from '@keywatch/clickhouse';

/** What the figures were measured on: without it they say nothing. */
export interface Machine {
  readonly at: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGb: number;
  readonly node: string;
  readonly kafka: string;
  readonly clickhouse: string;
  /** Average number of processes that want a core, over the minute before the measurement. */
  readonly loadBefore: number;
}

export async function describeMachine(
  clickhouse: ClickHouse,
  loadBefore: number,
): Promise<Machine> {
  const answer = await clickhouse.client.query({
    query: 'SELECT version() AS v',
    format: 'JSONEachRow',
  });
  const [found] = await answer.json<{ v: string }>();
  return {
    at: new Date().toISOString(),
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kafka: KAFKA_VERSION,
    clickhouse: found?.v ?? 'unknown',
    loadBefore,
  };
}

export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

export function machineLines(machine: Machine): string {
  const { at, cores, processor, memoryGb, node, kafka, clickhouse, loadBefore } = machine;
  return `${at.slice(0, 16)}Z, ${cores} cores (${processor}), ${memoryGb} GB, load ${loadBefore} before; Node ${node}, Kafka ${kafka}, ClickHouse ${clickhouse}`;
}

/** Most memory that a process has held at once so far, in MB; undefined where the system doesn't tell (not Linux). */
export function peakMemoryMb(pid: number): number | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined;
  }
  const kb = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kb === undefined ? undefined : Math.round(Number(kb) / 1024);
}

/** Processor seconds that a process has used so far, in all its threads; undefined where the system doesn't tell. */
export function cpuSeconds(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The fields after the name, which may hold spaces: utime and stime are the 14th and 15th of all, in 1/100 s.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Processor seconds that all processes have used since the machine started; undefined where the system doesn't tell. */
function busySeconds(): number | undefined {
  let stat: string;
  try {
    stat = readFileSync('/proc/stat', 'utf8');
  } catch {
    return undefined;
  }
  const [user = 0, nice = 0, system = 0, _idle, _waiting, interrupts = 0, softInterrupts = 0] = stat
    .slice(0, stat.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + interrupts + softInterrupts) / 100;
}

/**
 * Begins to watch how much of the machine others use.
 * @param own our processes
 * @returns gives the cores that others used on average since then
 */
export function watchOthers(own: readonly (number | undefined)[]): () => number | undefined {
  const ours = (): number =>
    own.reduce<number>((sum, pid) => sum + (pid === undefined ? 0 : (cpuSeconds(pid) ?? 0)), 0);
  const [busy, used, at] = [busySeconds(), ours(), performance.now()];
  return () => {
    const now = busySeconds();
    if (busy === undefined || now === undefined) return undefined;
    const seconds = (performance.now() - at) / 1000;
    return Math.max(0, now - busy - (ours() - used)) / seconds;
  };
}
