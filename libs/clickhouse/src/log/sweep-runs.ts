import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';

/** One sweep in one round. */
export interface SweepRun {
  readonly sweep: string;
  /** Up to when it looked, in ms since 1970. */
  readonly asOfMs: number;
  /** done: all it found was told. cut: there may be more, which the next round tells. failed: nothing was looked up. */
  readonly outcome: 'done' | 'cut' | 'failed';
  readonly alerts: number;
  readonly seconds: number;
  /** Why it failed; empty: it did not. */
  readonly error: string;
}

/** Records a round that ended at `roundAtMs`, all sweeps at once; the same round twice is stored once. */
export async function recordSweepRuns(
  { client, database }: ClickHouse,
  roundAtMs: number,
  runs: readonly SweepRun[],
): Promise<void> {
  if (runs.length === 0) return;
  const seconds = (ms: number): string => (ms / 1000).toFixed(3);
  await client.insert({
    table: `${database}.sweep_runs`,
    columns: ['round_at', 'sweep', 'as_of', 'outcome', 'alerts', 'seconds', 'error'],
    values: runs.map((run) => [
      seconds(roundAtMs),
      run.sweep,
      seconds(run.asOfMs),
      run.outcome,
      run.alerts,
      run.seconds,
      run.error,
    ]),
    format: 'JSONCompactEachRow',
    clickhouse_settings: { async_insert: 0, date_time_input_format: 'basic' },
  });
}

/** How far a sweep has looked, as of the last round. Times in ms since 1970. */
export interface SweepProgress {
  readonly sweep: string;
  /** Everything it found up to then was told; null: it never finished within what is kept (30 days). */
  readonly asOfMs: number | null;
  /** When the last round ended. */
  readonly roundAtMs: number;
  /** Why it failed in the last round; empty: it did not. */
  readonly error: string;
}

/** Every sweep that was on in the last round; none: no round was recorded yet. */
export async function lastSweepRuns(
  clickhouse: ClickHouse,
  options: ReadOptions = {},
): Promise<SweepProgress[]> {
  return new ReportRunner(clickhouse).query<SweepProgress>(
    `SELECT sweep, if(countIf(outcome = 'done') = 0, NULL, toUnixTimestamp64Milli(maxIf(as_of, outcome = 'done'))) AS asOfMs,
      toUnixTimestamp64Milli(max(round_at)) AS roundAtMs, argMax(error, round_at) AS error
    FROM {{database}}.sweep_runs
    GROUP BY sweep
    HAVING max(round_at) = (SELECT max(round_at) FROM {{database}}.sweep_runs)
    ORDER BY sweep`,
    {},
    options,
  );
}
