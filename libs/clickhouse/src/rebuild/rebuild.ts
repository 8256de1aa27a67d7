import type { ClickHouse } from '../client.js';
import { ReportRunner } from '../report-runner.js';
import { TABLES, type TableName } from '../schema/tables.js';
import { checkAlerts } from '../verify/alerts.check.js';
import { VERIFY_LIMITS, type VerifyContext, type VerifyTopics } from '../verify/context.js';
import type { Finding } from '../verify/finding.js';
import { rawIsWhole } from '../verify/raw-is-whole.js';
import { checkRollup } from '../verify/rollups.check.js';
import { besideSql, fillSql, type Rebuildable } from './rebuildable.js';

export interface RebuildOptions {
  readonly topics: VerifyTopics;
  /** Also where retention has removed raw rows, whose share the old table alone still has. */
  readonly acceptLoss: boolean;
  /** Asked right before the tables change places; throws where ingest has been started. */
  readonly stillStopped: () => Promise<void>;
  readonly onSlice?: (done: number, of: number) => void;
  readonly signal?: AbortSignal;
  /** Raw rows of one slice; they are held in memory as sums. */
  readonly sliceRows?: number;
}

export interface Rebuilt {
  readonly table: string;
  readonly seconds: number;
  readonly rawRows: number;
  readonly before: Size;
  readonly after: Size;
}

interface Size {
  /** Different groups, as a reader sees them. */
  readonly rows: number;
  /** Sum of the table's measure: requests, rotations, tellings. */
  readonly sum: number;
}

/** A rebuild that left everything as it was; the message says why and what to do. */
export class RebuildError extends Error {
  override readonly name = 'RebuildError';
}

const SLICE_ROWS = 2_000_000;

/**
 * Builds a table anew from raw rows, beside the old one; checks the new one against raw rows; lets them change places
 * at once and drops the old. Ingest must be stopped with nothing announced: a range that is sent again would be in the
 * new table twice. Killed at any moment, it leaves the old table or the new one whole.
 * @throws RebuildError where nothing was changed
 */
export async function rebuildTable(
  clickhouse: ClickHouse,
  rebuildable: Rebuildable,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const { client, database } = clickhouse;
  const { table, raw } = rebuildable;
  const started = performance.now();
  const context: VerifyContext = {
    run: new ReportRunner(clickhouse),
    topics: options.topics,
    log: [],
    signal: options.signal,
  };
  const whole = await rawIsWhole(context);
  const isWhole = raw === 'key_events' ? whole.keyEvents : whole.alertEvents;
  if (!isWhole && !options.acceptLoss) {
    throw new RebuildError(
      `Retention has removed rows of ${raw}: ${table} holds what can't be rebuilt any more. Only --accept-loss rebuilds it from what is left.`,
    );
  }
  await refuseReplicas(context, database, table);
  await dropLeftovers(clickhouse, context, table);
  const beside = `rebuild_${table}_${Date.now().toString(36)}`;
  const rangesBefore = await rangesSeen(context);
  try {
    const rawRows = await fill(clickhouse, context, rebuildable, beside, options);
    const findings = await check(context, rebuildable, beside);
    const wrong = findings.filter(({ ok }) => !ok);
    if (wrong.length > 0) {
      throw new RebuildError(
        `What was rebuilt of ${table} differs from raw rows, so the old table stays: ${wrong.map(({ detail }) => detail).join('; ')}`,
      );
    }
    const before = await sizeOf(context, rebuildable, table);
    const after = await sizeOf(context, rebuildable, beside);
    await options.stillStopped();
    if ((await rangesSeen(context)) !== rangesBefore) {
      throw new RebuildError(
        `Rows came in while ${table} was rebuilt, so the old table stays. Stop ingest and try again.`,
      );
    }
    await client.command({
      query: `EXCHANGE TABLES ${database}.${table} AND ${database}.${beside}`,
    });
    const seconds = (performance.now() - started) / 1000;
    return { table, seconds, rawRows, before, after };
  } finally {
    // The rebuilt one where something failed, else the old one.
    await client.command({ query: `DROP TABLE IF EXISTS ${database}.${beside} SYNC` });
  }
}

/** @returns raw rows that were read */
async function fill(
  { client, database }: ClickHouse,
  context: VerifyContext,
  rebuildable: Rebuildable,
  beside: string,
  { onSlice, signal, sliceRows = SLICE_ROWS }: RebuildOptions,
): Promise<number> {
  const { table, view, raw } = rebuildable;
  const [made] = await ask<{ create: string }>(
    context,
    `SELECT create_table_query AS create FROM system.tables WHERE database = '{{database}}' AND name = {table:String}`,
    { table },
  );
  const [filled] = await ask<{ select: string }>(
    context,
    `SELECT as_select AS select FROM system.tables WHERE database = '{{database}}' AND name = {view:String}`,
    { view },
  );
  await client.command({ query: besideSql(made?.create ?? '', database, table, beside) });
  const [rows] = await ask<{ n: number }>(context, `SELECT count() AS n FROM {{database}}.${raw}`);
  const n = rows?.n ?? 0;
  const query = fillSql(
    rebuildable,
    filled?.select ?? '',
    database,
    beside,
    TABLES[table as TableName],
  );
  const slices = Math.max(1, Math.ceil(n / sliceRows));
  for (let slice = 0; slice < slices; slice += 1) {
    signal?.throwIfAborted();
    await client.command({
      query,
      query_params: { slices, slice },
      clickhouse_settings: {
        insert_deduplicate: 0,
        max_threads: 2,
        max_partitions_per_insert_block: '0',
      },
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    onSlice?.(slice + 1, slices);
  }
  return n;
}

/** The sums of the new table against sums over raw rows that are written another way. */
async function check(
  context: VerifyContext,
  { rollup }: Rebuildable,
  beside: string,
): Promise<Finding[]> {
  return rollup === undefined
    ? checkAlerts(context, true, beside)
    : checkRollup(context, { ...rollup, table: beside }, true);
}

async function sizeOf(
  context: VerifyContext,
  { measure }: Rebuildable,
  name: string,
): Promise<Size> {
  const [size] = await ask<Size>(
    context,
    `SELECT count() AS rows, sum(${measure}) AS sum FROM {{database}}.${name} FINAL`,
  );
  return size ?? { rows: 0, sum: 0 };
}

/** What is stored of the log, as one text: it changes whenever a range is written. */
async function rangesSeen(context: VerifyContext): Promise<string> {
  const [seen] = await ask<{ seen: string }>(
    context,
    `SELECT concat(toString(count()), '/', toString(sum(cityHash64(topic, partition, from_offset, to_offset, last_log_time)))) AS seen FROM {{database}}.ranges`,
  );
  return seen?.seen ?? '';
}

/** Tables change places on one server only. */
async function refuseReplicas(
  context: VerifyContext,
  database: string,
  table: string,
): Promise<void> {
  const [engine] = await ask<{ replicated: number | boolean }>(
    context,
    `SELECT startsWith(engine, 'Replicated') AS replicated FROM system.tables WHERE database = {database:String} AND name = {table:String}`,
    { database, table },
  );
  if (engine === undefined) throw new RebuildError(`The database ${database} has no ${table}.`);
  if (!engine.replicated) return;
  const [found] = await ask<{ replicas: number }>(
    context,
    `SELECT max(total_replicas) AS replicas FROM system.replicas WHERE database = {database:String} AND table = {table:String}`,
    { database, table },
  );
  if ((found?.replicas ?? 1) > 1) {
    throw new RebuildError(
      `${table} has ${found?.replicas ?? 0} replicas; tables change places on one server only. Rebuild while one replica is the only one, and add the others again.`,
    );
  }
}

/** What a rebuild that was killed has left. */
async function dropLeftovers(
  { client, database }: ClickHouse,
  context: VerifyContext,
  table: string,
): Promise<void> {
  const left = await ask<{ name: string }>(
    context,
    `SELECT name FROM system.tables WHERE database = '{{database}}' AND startsWith(name, {prefix:String})`,
    { prefix: `rebuild_${table}_` },
  );
  for (const { name } of left) {
    await client.command({ query: `DROP TABLE IF EXISTS ${database}.${name} SYNC` });
  }
}

function ask<T>(
  { run, signal }: VerifyContext,
  sql: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<T[]> {
  return run.query<T>(sql, params, {
    limits: VERIFY_LIMITS,
    ...(signal === undefined ? {} : { signal }),
  });
}
