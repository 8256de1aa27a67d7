/** The views made for people that evidence can be looked up in. */
export type EvidenceView = 'requests' | 'key_changes' | 'keys' | PipelineView;
/** Views that are about no key: conditions on tenant and lane stand in `where`. */
type PipelineView = 'ranges' | 'usage_by_hour';

/** Which rows a finding rests on. */
export interface EvidenceScope {
  readonly view: EvidenceView;
  /** Event time (of ranges arrival) in ms, both ends included; `keys` has no time. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Conditions in SQL over the view's columns; values by {@link sqlText}. */
  readonly where?: readonly string[];
  /** The rows are of several keys: no condition on the key. */
  readonly anyKey?: boolean;
}

/** Characters of a query; one that would be longer is left out rather than cut. */
export const MAX_QUERY = 8192;

/** A literal of SQL: `'it\'s'`. */
export function sqlText(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** `column IN ('a', 'b')`. */
export function sqlIn(column: string, values: readonly (string | number)[]): string {
  const literals = values.map((value) =>
    typeof value === 'number' ? String(value) : sqlText(value),
  );
  return `${column} IN (${literals.join(', ')})`;
}

/** A time in ms as the views' time columns compare it: `'2026-03-01 10:00:00.000'`, UTC. */
export function sqlTime(ms: number): string {
  return `'${new Date(ms).toISOString().replace('T', ' ').replace('Z', '')}'`;
}

/**
 * SQL that an analyst can paste: it gives the rows that the finding rests on. undefined: it would be longer than
 * {@link MAX_QUERY}.
 */
export function evidenceQuery(
  { view, fromMs, toMs, where = [], anyKey = false }: EvidenceScope,
  { tenantId, lane, keyId }: { tenantId: string; lane: string; keyId: string },
): string | undefined {
  const query =
    view === 'ranges' || view === 'usage_by_hour'
      ? pipelineQuery(view, where, fromMs, toMs)
      : keyQuery();
  return query.length > MAX_QUERY ? undefined : query;

  function keyQuery(): string {
    const conditions = [
      `tenant_id = ${sqlText(tenantId)}`,
      ...(view === 'keys' ? [] : [`lane = ${sqlText(lane)}`]),
      ...(anyKey ? [] : [`key_id = ${sqlText(keyId)}`]),
      ...(fromMs === undefined ? [] : [`time >= ${sqlTime(fromMs)}`]),
      ...(toMs === undefined ? [] : [`time <= ${sqlTime(toMs)}`]),
      ...where,
    ];
    return selection(view, conditions, view === 'keys' ? 'key_id' : 'time, event_id');
  }
}

const PIPELINE_VIEWS = {
  ranges: {
    from: 'last_received_at',
    to: 'first_received_at',
    order: 'topic, partition, from_offset',
  },
  usage_by_hour: { from: 'last_used', to: 'first_used', order: 'hour, tenant_id, key_id' },
} as const;

/** Rows that lie, at least in part, within the time. */
function pipelineQuery(
  view: PipelineView,
  where: readonly string[],
  fromMs: number | undefined,
  toMs: number | undefined,
): string {
  const { from, to, order } = PIPELINE_VIEWS[view];
  const conditions = [
    ...where,
    ...(fromMs === undefined ? [] : [`${from} >= ${sqlTime(fromMs)}`]),
    ...(toMs === undefined ? [] : [`${to} <= ${sqlTime(toMs)}`]),
  ];
  return selection(view, conditions, order);
}

function selection(view: EvidenceView, conditions: readonly string[], order: string): string {
  const where = conditions.length === 0 ? '' : `\nWHERE ${conditions.join('\n  AND ')}`;
  return `SELECT *\nFROM ${view}${where}\nORDER BY ${order}`;
}
