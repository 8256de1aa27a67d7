import { RULES } from '@keywatch/detection';
import type { BenchArguments } from '../kit/arguments.js';
import { describeMachine, loadNow, machineLines, type Machine } from '../kit/machine.js';
import { startStack, type BenchStack } from '../kit/stack.js';
import { spread, type Percentiles, type Spread } from '../kit/statistics.js';
import { grouped, textTable } from '../kit/text-table.js';
import { play, type Played } from '../kit/topic.js';
import { runBacklog, type BacklogRound } from './backlog.js';
import { runLatency, type Latency } from './latency.js';

export interface DetectFigures {
  readonly bench: 'detect';
  readonly machine: Machine;
  readonly loadAfter: number;
  readonly rules: readonly string[];
  readonly played: Played;
  readonly rounds: readonly BacklogRound[];
  readonly eventsPerSecond: Spread;
  readonly latency: Latency;
}

/** @throws Error where events are not folded, alerts or rows missing */
export async function benchDetect(
  { events, rounds, rate, seconds }: BenchArguments,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<DetectFigures> {
  const loadBefore = loadNow();
  let machine: Machine | undefined;
  say('starting a broker and an engine');
  const latency = await withStack(signal, async (stack) => {
    machine = await describeMachine(stack.clickhouse, loadBefore);
    say(`latency: ${grouped(rate)} events/s for ${seconds} s, ingest and detect beside each other`);
    return runLatency(stack, rate, seconds, signal);
  });
  const { played, done } = await withStack(signal, async (stack) => {
    say(`playing ${grouped(events)} events`);
    const played = await play(stack, events, signal);
    const done: BacklogRound[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const one = await runBacklog(stack, played, round, signal);
      done.push(one);
      checkSameAlerts(done);
      say(
        `round ${round}: ${grouped(one.eventsPerSecond)} events/s (${one.seconds.toFixed(2)} s, CPU ${one.cpuSeconds?.toFixed(1) ?? '?'} s, others ${cores(one.othersCores)})`,
      );
    }
    return { played, done };
  });
  if (machine === undefined) throw new Error('Nothing is known of the machine.');
  return {
    bench: 'detect',
    machine,
    loadAfter: loadNow(),
    rules: RULES.map(({ id }) => id),
    played,
    rounds: done,
    eventsPerSecond: spread(done.map((round) => round.eventsPerSecond)),
    latency,
  };
}

async function withStack<T>(
  signal: AbortSignal,
  work: (stack: BenchStack) => Promise<T>,
): Promise<T> {
  const stack = await startStack(() => undefined, signal);
  try {
    return await work(stack);
  } finally {
    await stack.stop();
  }
}

/** The same log gives the same alerts: rounds that differ did different work. */
function checkSameAlerts(rounds: readonly BacklogRound[]): void {
  const [first, ...others] = rounds.map(({ alerts }) => JSON.stringify(alerts));
  const other = others.find((alerts) => alerts !== first);
  if (other === undefined) return;
  throw new Error(`The bench is void: one round told ${first}, another ${other}.`);
}

export function detectTable(figures: DetectFigures): string {
  const { machine, loadAfter, rules, played, rounds, eventsPerSecond, latency } = figures;
  const memory = (mb: number | undefined): string => (mb === undefined ? 'unknown' : `${mb} MB`);
  const peaks = rounds.flatMap(({ peakMemoryMb }) => peakMemoryMb ?? []);
  const row = (title: string, { samples, p50, p95, p99, max }: Percentiles): string[] => [
    title,
    grouped(samples),
    ...[p50, p95, p99, max].map(grouped),
  ];
  return [
    `Detect, rules: ${rules.join(', ')}`,
    machineLines(machine),
    '',
    textTable(
      ['Backlog', 'events/s', 'min - max', 'peak memory'],
      [
        [
          `${grouped(played.events)} events, ${rounds.length} rounds, median`,
          grouped(eventsPerSecond.median),
          `${grouped(eventsPerSecond.min)} - ${grouped(eventsPerSecond.max)}`,
          memory(peaks.length === 0 ? undefined : Math.max(...peaks)),
        ],
      ],
    ),
    '',
    textTable(
      [
        `At ${grouped(latency.eventsPerSecond)} events/s, ms`,
        'samples',
        'p50',
        'p95',
        'p99',
        'max',
      ],
      [
        row('produced -> alert with a reader', latency.alerts),
        row('produced -> row visible in ClickHouse', latency.rows),
        row('produced -> acknowledged by Kafka', latency.acknowledged),
      ],
    ),
    '',
    `What was sent in the first ${latency.atStart.seconds} s, while everything starts, is not in it: alert after ${grouped(latency.atStart.alertMs)} ms at most, row after ${grouped(latency.atStart.rowMs)} ms.`,
    `Ingest meanwhile: ${grouped(latency.inserts.count)} inserts of ${grouped(latency.inserts.rows)} rows, ${grouped(latency.inserts.ms)} ms each.`,
    `Peak memory meanwhile: ingest ${memory(latency.peakMemoryMb.ingest)}, detect ${memory(latency.peakMemoryMb.detect)}. Alerts per round of the backlog: ${JSON.stringify(rounds[0]?.alerts)}. Others used ${cores(latency.othersCores)} during the latency part, ${cores(Math.max(...rounds.map((round) => round.othersCores ?? Number.NaN)))} at most during a round; load afterwards ${loadAfter}.`,
  ].join('\n');
}

function cores(used: number | undefined): string {
  return used === undefined || Number.isNaN(used)
    ? 'an unknown number of cores'
    : `${used.toFixed(1)} cores`;
}
