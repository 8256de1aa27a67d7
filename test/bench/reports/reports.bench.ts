import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClickHouse, migrate, ReportRunner, type ClickHouse } from '@keywatch/clickhouse';
import { startClickHouse } from '@keywatch/local-stack';
import { reportOf } from '@keywatch/reports';
import type { BenchArguments } from '../kit/arguments.js';
import { describeMachine, loadNow, machineLines, type Machine } from '../kit/machine.js';
import { percentiles, type Percentiles } from '../kit/statistics.js';
import { grouped, textTable } from '../kit/text-table.js';
import { fill, type Filled } from './fill.js';
import { questions } from './questions.js';

interface Timed {
  readonly report: string;
  readonly about: string;
  readonly rows: number;
  readonly ms: Percentiles;
}

interface TableSize {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface ReportFigures {
  readonly machine: Machine;
  readonly filled: Filled;
  readonly reports: readonly Timed[];
  readonly tables: readonly TableSize[];
}

/** At least so many runs of each question: of fewer there is no 95th percentile. */
const LEAST_RUNS = 20;

/** Times each report over a database of `events`, the rows read to the end as the API reads them, and weighs the tables. */
export async function benchReports(
  args: BenchArguments,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<ReportFigures> {
  const loadBefore = loadNow();
  const dataDir = await mkdtemp(join(tmpdir(), 'keywatch-bench-'));
  try {
    const engine = await startClickHouse({ dataDir, docker: 'never', log: say, signal });
    const { url, user, password } = engine;
    const clickhouse = createClickHouse({ url, user, password, requestTimeoutMs: 600_000 });
    try {
      await migrate(clickhouse, { target: 'embedded' });
      const nowMs = Date.now();
      const filled = await fill(clickhouse, args.events, nowMs, say, signal);
      say(`filled in ${filled.seconds.toFixed(0)} s; merging`);
      await merged(clickhouse);
      const reports = await timed(
        clickhouse,
        filled,
        Math.max(LEAST_RUNS, args.rounds),
        say,
        signal,
      );
      const machine = await describeMachine(clickhouse, loadBefore);
      return { machine, filled, reports, tables: await sizes(clickhouse) };
    } finally {
      await clickhouse.close();
      await engine.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** As after a quiet hour: merges are done. */
async function merged({ client, database }: ClickHouse): Promise<void> {
  for (const table of [
    'key_events',
    'usage_5m',
    'usage_1h',
    'callers',
    'key_activity',
    'key_lifecycle',
    'event_ids',
  ]) {
    await client.command({ query: `OPTIMIZE TABLE ${database}.${table}` });
  }
}

async function timed(
  clickhouse: ClickHouse,
  filled: Filled,
  runs: number,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Timed[]> {
  const runner = new ReportRunner(clickhouse);
  const results: Timed[] = [];
  for (const { report: id, about, params } of questions(filled)) {
    const report = reportOf(id);
    if (report === undefined) throw new Error(`There is no report ${id}.`);
    const times: number[] = [];
    let rows = 0;
    for (let run = 0; run < runs; run += 1) {
      signal.throwIfAborted();
      const { query, subjects } = report.prepare(params(run), filled.toMs);
      const started = performance.now();
      for (const { sql, params: values } of [query, ...(subjects ? [subjects.query] : [])]) {
        for await (const _ of runner.stream(sql, values, { signal })) rows += 1;
      }
      times.push(performance.now() - started);
    }
    if (rows === 0) throw new Error(`${id} (${about}) gave no rows: its time would say nothing.`);
    const ms = percentiles(times);
    say(`${id}, ${about}: p95 ${ms.p95.toFixed(0)} ms`);
    results.push({ report: id, about, rows: Math.round(rows / runs), ms });
  }
  return results;
}

async function sizes(clickhouse: ClickHouse): Promise<TableSize[]> {
  return new ReportRunner(clickhouse).query<TableSize>(
    `SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
    FROM system.parts WHERE active AND database = '{{database}}' GROUP BY table HAVING rows > 0 ORDER BY bytes DESC`,
  );
}

export function reportsTable({ machine, filled, reports, tables }: ReportFigures): string {
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  return [
    machineLines(machine),
    `${grouped(filled.events)} events of ${grouped(filled.keys)} keys over 90 days, filled in ${filled.seconds.toFixed(0)} s`,
    '',
    textTable(
      ['report', 'about', 'rows', 'p50 ms', 'p95 ms', 'max ms'],
      reports.map(({ report, about, rows, ms }) => [
        report,
        about,
        grouped(rows),
        grouped(ms.p50),
        grouped(ms.p95),
        grouped(ms.max),
      ]),
    ),
    '',
    textTable(
      ['table', 'rows', 'MB', 'bytes per event'],
      [...tables, { table: 'all', rows: 0, bytes }].map((table) => [
        table.table,
        table.rows === 0 ? '' : grouped(table.rows),
        grouped(table.bytes / 1e6),
        (table.bytes / filled.events).toFixed(1),
      ]),
    ),
  ].join('\n');
}
