import { z } from 'zod';
import { columnsOf, type Column } from './columns.js';
import { cursorAfter, orderBy, rowsAfter, type OrderColumn } from './paging.js';
import { PAGING, parseParams } from './params.js';
import { whereAll, type SqlQuery } from './sql.js';

export type Row = Readonly<Record<string, unknown>>;
export type Summary = Readonly<Record<string, number>>;

/** Times in ms since 1970; `from` is in, `to` is not. */
export interface TimeRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A report for one asker: what to ask the database, and how to read the answer. */
export interface PreparedReport {
  /** SQL and its values. It gives one row more than `limit`, which says whether there is a next page. */
  readonly query: SqlQuery;
  readonly columns: readonly Column[];
  readonly row: z.ZodObject;
  readonly limit: number | undefined;
  /** Parameters as they were understood, defaults filled in, times as RFC 3339. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Which time the report is about, where it is about one. */
  readonly range: TimeRange;
  /** A row as the database gives it, as `row` describes it. */
  read(row: Row): Row;
  /** Where the page after this row (as read) begins. */
  cursorAfter(row: Row): string;
  readonly summary: { readonly initial: Summary; add(summary: Summary, row: Row): Summary };
}

export interface Report {
  readonly id: string;
  readonly title: string;
  /** What it says, what it leaves out, and how exact it is; for a person. */
  readonly about: string;
  /** Parameters as a person gives them, paging included; unknown names are refused. */
  readonly params: z.ZodObject;
  /** The shapes that rows may have, by name; which one it is follows from the parameters. */
  readonly rows: Readonly<Record<string, z.ZodObject>>;
  /**
   * @param given parameters as text, as they stand in a URL
   * @param now milliseconds since 1970
   * @throws ReportParamsError with every problem
   */
  prepare(given: Readonly<Record<string, unknown>>, now: number): PreparedReport;
}

/** What a report is made of; see `Report` for what becomes of it. */
export interface ReportDefinition<P extends z.ZodRawShape, Shape extends string> {
  readonly id: string;
  readonly title: string;
  readonly about: string;
  readonly params: P;
  readonly rows: Readonly<Record<Shape, z.ZodObject>>;
  shapeOf(params: ParamsOf<P>): Shape;
  /** SQL that gives the columns of the shape (and perhaps more), unsorted, and its values. */
  toSQL(params: ParamsOf<P>, now: number): SqlQuery;
  order(params: ParamsOf<P>): readonly OrderColumn[];
  range(params: ParamsOf<P>, now: number): TimeRange;
  readonly summary: PreparedReport['summary'];
  /** Where a row is more than the database gives; missing: it is the same. */
  read?(row: Row): Row;
}
type ParamsOf<P extends z.ZodRawShape> = z.output<z.ZodObject<P, z.core.$strict>>;

/** Joins a definition with what all reports share: checked parameters, sorting, pages. */
export function defineReport<P extends z.ZodRawShape, Shape extends string>(
  definition: ReportDefinition<P, Shape>,
): Report {
  const { id, title, about, rows, summary } = definition;
  const params = z.strictObject({ ...definition.params, ...PAGING });
  const own = z.strictObject(definition.params);
  return {
    id,
    title,
    about,
    params,
    rows,
    prepare(given, now) {
      const { limit, cursor } = parseParams(params, given) as { limit?: number; cursor?: string };
      const { limit: _limit, cursor: _cursor, ...rest } = given;
      const parsed = parseParams(own, rest);
      const shape = definition.shapeOf(parsed);
      const order = definition.order(parsed);
      const scope = `${id}/${shape}`;
      const columns = columnsOf(rows[shape]);
      return {
        query: pageOf(definition.toSQL(parsed, now), columns, order, scope, limit, cursor),
        columns,
        row: rows[shape],
        limit,
        params: shown({ ...parsed, ...(limit === undefined ? {} : { limit }) }),
        range: definition.range(parsed, now),
        read: (row) => definition.read?.(row) ?? row,
        cursorAfter: (row) => cursorAfter(row, order, scope),
        summary,
      };
    },
  };
}

function pageOf(
  inner: SqlQuery,
  columns: readonly Column[],
  order: readonly OrderColumn[],
  scope: string,
  limit: number | undefined,
  cursor: string | undefined,
): SqlQuery {
  const after = cursor === undefined ? undefined : rowsAfter(cursor, order, scope);
  const sql = [
    `SELECT ${columns.map(({ name }) => name).join(', ')}`,
    `FROM\n(\n${inner.sql}\n)${whereAll(after === undefined ? [] : [after.condition])}`,
    `ORDER BY ${orderBy(order)}`,
    ...(limit === undefined ? [] : ['LIMIT {rows:UInt64}']),
  ].join('\n');
  return {
    sql,
    params: {
      ...inner.params,
      ...after?.params,
      ...(limit === undefined ? {} : { rows: limit + 1 }),
    },
  };
}

const TIMES = new Set(['from', 'to', 'asOf', 'since', 'until']);

function shown(params: Row): Row {
  return Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        name,
        TIMES.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
      ]),
  );
}
