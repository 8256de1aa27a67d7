/** SQL text with `{{database}}` for the database and `{name:Type}` for values, which travel beside it. */
export interface SqlQuery {
  readonly sql: string;
  readonly params: SqlParams;
}
export type SqlValue = string | number | readonly string[];
export type SqlParams = Readonly<Record<string, SqlValue>>;

/** Text of a time expression as RFC 3339 in UTC with milliseconds: it sorts as text like the time itself. */
export function iso(expression: string): string {
  return `concat(replaceOne(toString(${expression}), ' ', 'T'), 'Z')`;
}

/** A time as the value of a `DateTime64(3, 'UTC')` parameter. @param ms milliseconds since 1970 */
export function timeParam(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '');
}

/** `WHERE a AND b` on lines of their own, indented; empty where there is no condition. */
export function whereAll(conditions: readonly string[], indent = ''): string {
  if (conditions.length === 0) return '';
  return `\n${indent}WHERE ${conditions.join(`\n${indent}  AND `)}`;
}

/** A column must have one of the given values; nothing where the filter is not set. */
export interface Filter {
  readonly column: string;
  readonly param: string;
  readonly values: readonly string[] | undefined;
}

/** Conditions of the filters that are set. */
export function filterConditions(filters: readonly Filter[]): string[] {
  return filters
    .filter(({ values }) => values !== undefined)
    .map(({ column, param }) => `${column} IN {${param}:Array(String)}`);
}

/** Values of the filters that are set. */
export function filterParams(filters: readonly Filter[]): SqlParams {
  return Object.fromEntries(
    filters.flatMap(({ param, values }) => (values === undefined ? [] : [[param, values]])),
  );
}
