import { parseArgs } from 'node:util';

export const BENCHES = ['ingest', 'detect', 'reports', 'detection'] as const;
export type BenchName = (typeof BENCHES)[number];

export interface BenchArguments {
  readonly bench: BenchName;
  /** Events in the topic. */
  readonly events: number;
  readonly rounds: number;
  /** Of the latency part: key events per second, and for how long. */
  readonly rate: number;
  readonly seconds: number;
  readonly json: boolean;
  /** Where ingest writes a CPU profile of each round; undefined: none is taken. */
  readonly profile: string | undefined;
}

export const USAGE = `Usage: npm run bench -- ingest|detect|reports|detection [options]
  --events N     key events in the topic (500000); reports: in the database (10M)
  --rounds N     rounds, each of all contestants in turn (3); reports: runs of each question, at least 20
  --rate N       detect: key events a second while latency is measured (2000)
  --seconds N    detect: how long that takes (30)
  --profile DIR  ingest: write a CPU profile of the app there (slows it down)
  --json         one JSON document on standard output instead of the table`;

/** What was asked for can't be; the message says why and how to ask. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n${USAGE}`);
    this.name = 'UsageError';
  }
}

/**
 * @param words what follows the command, as npm hands it over
 * @throws UsageError
 */
export function parseArguments(words: readonly string[]): BenchArguments {
  const { values, positionals } = parsed(words);
  const [bench, ...rest] = positionals;
  if (!isBench(bench)) {
    throw new UsageError(
      bench === undefined ? 'Which bench?' : `There is no bench ${JSON.stringify(bench)}.`,
    );
  }
  if (rest.length > 0) throw new UsageError(`One bench at a time, not also ${rest.join(', ')}.`);
  return {
    bench,
    events:
      bench === 'reports'
        ? whole('events', values.events, 10_000_000, 20_000, 500_000_000)
        : whole('events', values.events, 500_000, 1_000, 20_000_000),
    rounds: whole('rounds', values.rounds, 3, 1, 100),
    rate: whole('rate', values.rate, 2_000, 10, 100_000),
    seconds: whole('seconds', values.seconds, 30, 1, 3_600),
    json: values.json ?? false,
    profile: values.profile,
  };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        events: { type: 'string' },
        rounds: { type: 'string' },
        rate: { type: 'string' },
        seconds: { type: 'string' },
        profile: { type: 'string' },
        json: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function isBench(word: string | undefined): word is BenchName {
  return BENCHES.some((bench) => bench === word);
}

function whole(
  name: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return fallback;
  const value = Number(text.replaceAll('_', '').replace(/M$/, '000000').replace(/k$/, '000'));
  if (text !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(
    `--${name} is ${JSON.stringify(text)}: a whole number from ${min} to ${max}.`,
  );
}
