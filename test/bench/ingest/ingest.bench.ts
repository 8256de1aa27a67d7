import type { BenchArguments } from '../kit/arguments.js';
import { describeMachine, loadNow, machineLines, type Machine } from '../kit/machine.js';
import { startStack } from '../kit/stack.js';
import { spread, type Spread } from '../kit/statistics.js';
import { grouped, textTable } from '../kit/text-table.js';
import { play, type Played } from '../kit/topic.js';
import { bareInserts } from './bare-inserts.js';
import type { Contestant } from './contestant.js';
import { checkSame, type Contents } from './contents.js';
import { ingestApp } from './ingest-app.js';
import { kafkaEngine } from './kafka-engine.js';
import { runHeat, type Heat } from './measure.js';
import { prebuildRows } from './prebuilt-rows.js';

type Id = Contestant['id'];

export interface IngestFigures {
  readonly bench: 'ingest';
  readonly machine: Machine;
  readonly loadAfter: number;
  readonly played: Played;
  readonly rounds: number;
  readonly heats: readonly Heat[];
  readonly eventsPerSecond: Readonly<Record<Id, Spread>>;
  /** Ingest's throughput as a share of the other's, round by round: both had the same weather. */
  readonly ratio: Readonly<Record<Exclude<Id, 'ingest'>, Spread>>;
  /** Processor seconds per million events, of the engine and the app together; missing where the system doesn't tell. */
  readonly cpuPerMillion: Readonly<Partial<Record<Id, Spread>>>;
  readonly peakMemoryMb: number | undefined;
  /** Cores that processes of others used during the heats. */
  readonly othersCores: Spread | undefined;
  /** What every contestant wrote in every round. */
  readonly rows: Contents;
}

/** @throws Error where the contestants didn't write the same rows, or one can't go on */
export async function benchIngest(
  { events, rounds, profile }: BenchArguments,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<IngestFigures> {
  const loadBefore = loadNow();
  say('starting a broker and an engine');
  const stack = await startStack(() => undefined, signal);
  try {
    const machine = await describeMachine(stack.clickhouse, loadBefore);
    say(`playing ${grouped(events)} events`);
    const played = await play(stack, events, signal);
    const contestants = [ingestApp(profile), kafkaEngine, bareInserts(await prebuildRows(stack))];
    const heats: Heat[] = [];
    const contents = new Map<string, Contents>();
    for (let round = 1; round <= rounds; round += 1) {
      for (const contestant of contestants) {
        const { heat, contents: found } = await runHeat(stack, contestant, round, events, signal);
        heats.push(heat);
        contents.set(`${contestant.title} (round ${round})`, found);
        checkSame(contents);
        say(
          `round ${round}: ${contestant.title.padEnd(24)} ${grouped(heat.eventsPerSecond).padStart(9)} events/s (${heat.seconds.toFixed(2)} s, first rows after ${heat.firstRowsAfterSeconds.toFixed(2)} s, CPU engine ${heat.engineCpuSeconds?.toFixed(1)} s app ${heat.appCpuSeconds?.toFixed(1) ?? '-'} s, others ${heat.othersCores?.toFixed(1) ?? '?'} cores, ${heat.ranges} ranges)`,
        );
      }
    }
    const [rows = {}] = contents.values();
    return {
      bench: 'ingest',
      machine,
      loadAfter: loadNow(),
      played,
      rounds,
      heats,
      rows,
      ...summed(heats, events),
    };
  } finally {
    await stack.stop();
  }
}

function summed(
  heats: readonly Heat[],
  events: number,
): Pick<
  IngestFigures,
  'eventsPerSecond' | 'ratio' | 'cpuPerMillion' | 'peakMemoryMb' | 'othersCores'
> {
  const of = (id: Id): number[] =>
    heats.filter(({ contestant }) => contestant === id).map((heat) => heat.eventsPerSecond);
  const own = of('ingest');
  const ratio = (id: Id): Spread => spread(of(id).map((other, i) => (own[i] ?? 0) / other));
  const cpu = (id: Id): Partial<Record<Id, Spread>> => {
    const seconds = heats
      .filter(({ contestant }) => contestant === id)
      .flatMap(({ engineCpuSeconds, appCpuSeconds }) =>
        engineCpuSeconds === undefined ? [] : engineCpuSeconds + (appCpuSeconds ?? 0),
      );
    return seconds.length === 0 ? {} : { [id]: spread(seconds.map((s) => (s * 1e6) / events)) };
  };
  const peaks = heats.flatMap(({ appPeakMemoryMb }) => appPeakMemoryMb ?? []);
  const others = heats.flatMap(({ othersCores }) => othersCores ?? []);
  return {
    othersCores: others.length === 0 ? undefined : spread(others),
    eventsPerSecond: {
      ingest: spread(own),
      'kafka-engine': spread(of('kafka-engine')),
      'bare-inserts': spread(of('bare-inserts')),
    },
    ratio: { 'kafka-engine': ratio('kafka-engine'), 'bare-inserts': ratio('bare-inserts') },
    cpuPerMillion: { ...cpu('ingest'), ...cpu('kafka-engine'), ...cpu('bare-inserts') },
    peakMemoryMb: peaks.length === 0 ? undefined : Math.max(...peaks),
  };
}

export function ingestTable(figures: IngestFigures): string {
  const {
    machine,
    loadAfter,
    played,
    rounds,
    eventsPerSecond,
    ratio,
    cpuPerMillion,
    peakMemoryMb,
    othersCores,
    rows,
  } = figures;
  const range = ({ min, max }: Spread): string => `${grouped(min)} - ${grouped(max)}`;
  const times = ({ min, median, max }: Spread): string[] => [
    `${median.toFixed(2)}x`,
    `${min.toFixed(2)} - ${max.toFixed(2)}`,
  ];
  const line = (title: string, id: Id, share: readonly string[]): string[] => [
    title,
    grouped(eventsPerSecond[id].median),
    range(eventsPerSecond[id]),
    cpuPerMillion[id]?.median.toFixed(1) ?? 'unknown',
    ...share,
  ];
  const table = textTable(
    ['', 'events/s', 'min - max', 'CPU s per million', 'ingest is', 'min - max'],
    [
      line('(a) Keywatch ingest, everything on', 'ingest', []),
      line('(b) ClickHouse Kafka engine', 'kafka-engine', times(ratio['kafka-engine'])),
      line('(c) bare inserts of the same rows', 'bare-inserts', times(ratio['bare-inserts'])),
    ],
  );
  return [
    `Ingest: ${grouped(played.events)} events (${grouped(played.bytes / played.events)} bytes each, ${grouped(played.keys)} keys, ${played.days} days), ${rounds} rounds in turn, medians`,
    machineLines(machine),
    '',
    table,
    '',
    `Peak memory of ingest: ${peakMemoryMb === undefined ? 'unknown' : `${peakMemoryMb} MB`}. Others used ${othersCores === undefined ? 'an unknown number of' : `${othersCores.median.toFixed(1)} (${othersCores.min.toFixed(1)} - ${othersCores.max.toFixed(1)})`} cores meanwhile; load afterwards ${loadAfter}.`,
    `Same rows everywhere, by a hash over all columns: ${Object.entries(rows)
      .map(([table, content]) => `${table} ${content.replace(/ .*/, '')}`)
      .join(', ')}.`,
    '(b) does not validate, has no dead letters, recognises no duplicates and is not exactly-once.',
  ].join('\n');
}
