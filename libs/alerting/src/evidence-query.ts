/** The views made for people that evidence can be looked up in. */
export type EvidenceView = 'requests' | 'key_changes' | 'keys';

/** Which rows a finding rests on. */
export interface EvidenceScope {
  readonly view: EvidenceView;
  /** Event time in ms, both ends included; `keys` has no time. */
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
  const conditions = [
    `tenant_id = ${sqlText(tenantId)}`,
    ...(view === 'keys' ? [] : [`lane = ${sqlText(lane)}`]),
    ...(anyKey ? [] : [`key_id = ${sqlText(keyId)}`]),
    ...(fromMs === undefined ? [] : [`time >= ${sqlTime(fromMs)}`]),
    ...(toMs === undefined ? [] : [`time <= ${sqlTime(toMs)}`]),
    ...where,
  ];
  const order = view === 'keys' ? 'key_id' : 'time, event_id';
  const query = `SELECT *\nFROM ${view}\nWHERE ${conditions.join('\n  AND ')}\nORDER BY ${order}`;
  return query.length > MAX_QUERY ? undefined : query;
}
