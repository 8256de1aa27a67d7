import { ROLLUPS, type Rollup } from '../verify/rollups.check.js';

/** A table that holds nothing but what follows from raw rows, and how. */
export interface Rebuildable {
  readonly table: string;
  /** The view that fills it, which is read for what it selects. */
  readonly view: string;
  readonly intake: 'key_event_intake' | 'alert_event_intake';
  /** Holds, under the same names, every column of the intake that the view reads of events. */
  readonly raw: 'key_events' | 'alert_events';
  /** Rows of one group are all in the same slice. */
  readonly slicedBy: string;
  /** What is summed up to show that nothing was lost. */
  readonly measure: string;
  readonly rollup: Rollup | undefined;
}

const keyed = (table: string, measure: string): Rebuildable => ({
  table,
  view: `${table}_view`,
  intake: 'key_event_intake',
  raw: 'key_events',
  slicedBy: 'tenant_id, key_id',
  measure,
  rollup: ROLLUPS.find((rollup) => rollup.table === table),
});

/** Every table that can be rebuilt. The others are raw, or say what happened to the log itself. */
export const REBUILDABLE: readonly Rebuildable[] = [
  keyed('usage_5m', 'requests'),
  keyed('usage_1h', 'requests'),
  keyed('key_lifecycle', 'rotations'),
  keyed('key_activity', 'requests'),
  keyed('callers', 'requests'),
  {
    table: 'alert_state',
    view: 'alert_state_view',
    intake: 'alert_event_intake',
    raw: 'alert_events',
    slicedBy: 'tenant_id, alert_id',
    measure: 'tellings',
    rollup: undefined,
  },
];

/**
 * The statement that fills a new table with one slice: what the view selects, over raw rows instead of the intake.
 * @param select the view's query as the server gives it
 * @param columns of the table; the view gives each under its name
 * @throws Error where the view doesn't read its intake exactly once
 */
export function fillSql(
  { intake, raw, slicedBy }: Rebuildable,
  select: string,
  database: string,
  target: string,
  columns: readonly string[],
): string {
  const from = `${database}.${intake}`;
  const parts = select.split(from);
  if (parts.length !== 2) {
    throw new Error(`The view on ${intake} does not read it exactly once: ${select.slice(0, 200)}`);
  }
  const rows = `(SELECT 'event' AS kind, * FROM ${database}.${raw} WHERE cityHash64(${slicedBy}) % {slices:UInt32} = {slice:UInt32})`;
  return `INSERT INTO ${database}.${target} (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM (${parts.join(rows)})`;
}

/**
 * The statement that makes a table like another beside it. A replicated one gets a path of its own.
 * @param create as the server gives it for the table that is there
 */
export function besideSql(create: string, database: string, table: string, beside: string): string {
  const head = `CREATE TABLE ${database}.${table} `;
  if (!create.startsWith(head)) throw new Error(`${table} is no table: ${create.slice(0, 80)}`);
  return `CREATE TABLE ${database}.${beside} ${create.slice(head.length)}`.replace(
    /(ENGINE = Replicated\w*MergeTree\()'(?:[^'\\]|\\.)*'/,
    "$1'/keywatch/{shard}/{database}/{table}'",
  );
}
