import type { TOPICS } from '@keywatch/events';
import { z } from 'zod';
import { columnsOf, type Column } from './columns.js';
import { cursorAfter, orderBy, rowsAfter, type OrderColumn } from './paging.js';
import { PAGING, parseParams, ReportParamsError } from './params.js';
import { whereAll, type SqlQuery } from './sql.js';

export type Row = Readonly<Record<string, unknown>>;
export type Summary = Readonly<Record<string, number>>;

/** Times in ms since 1970; `from` is in, `to` is not. */
export interface TimeRange {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** A topic whose events a report rests on. */
export type ReportTopic = Exclude<keyof typeof TOPICS, 'detectionState'>;

/** Bounds of one partition of the log: offset of the oldest message kept, and of the next that will come. */
export interface LogBounds {
  readonly topic: string;
  readonly partition: number;
  readonly low: number;
  readonly high: number;
}

/** What a report knows beside its parameters. */
export interface Known {
  /** Missing where the brokers could not be asked. */
  readonly log?: readonly LogBounds[];
}

/** What an answer came to, for a sentence about it. */
export interface Findings {
  readonly summary: Summary;
  readonly subjects: readonly Row[];
  /** Whether these are all rows: neither a page of several nor the end of one. */
  readonly whole: boolean;
  /** Whether everything that had arrived is in. */
  readonly complete: boolean;
}

/** A report for one asker: what to ask the database, and how to read the answer. */
export interface PreparedReport {
  /** SQL and its values. It gives one row more than `limit`, which says whether there is a next page. */
  readonly query: SqlQuery;
  /** The same rows and no more of them, with times as times: for a file that the database writes itself. */
  readonly fileQuery: SqlQuery;
  readonly columns: readonly Column[];
  readonly row: z.ZodObject;
  readonly limit: number | undefined;
  /** What the report is about, a row for each key: a second, small question. Missing: no particular key. */
  readonly subjects?: { readonly query: SqlQuery; readonly columns: readonly Column[] };
  /** Parameters as they were understood, defaults filled in, times as RFC 3339. */
  readonly params: Readonly<Record<string, unknown>>;
  /** Which time the report is about, where it is about one. */
  readonly range: TimeRange;
  /** A row as the database gives it, as `row` describes it. */
  read(row: Row): Row;
  /** Where the page after this row (as read) begins. */
  cursorAfter(row: Row): string;
  readonly summary: { readonly initial: Summary; add(summary: Summary, row: Row): Summary };
  /** What it means and what to do, in a sentence or two; null: the rows speak for themselves. */
  conclude(findings: Findings): string | null;
}

export interface Report {
  readonly id: string;
  readonly title: string;
  /** The question it answers, on one line. */
  readonly question: string;
  /** What it says, what it leaves out, and how exact it is; for a person. */
  readonly about: string;
  /** Parameters as a person gives them, paging included; unknown names are refused. */
  readonly params: z.ZodObject;
  /** The shapes that rows may have, by name; which one it is follows from the parameters. */
  readonly rows: Readonly<Record<string, z.ZodObject>>;
  /** A row about each key that the report is about; missing: it is about no particular key. */
  readonly subject?: z.ZodObject;
  /** The topics that it rests on: it is as complete as the least complete of them. */
  readonly topics: readonly ReportTopic[];
  /** Whether it compares with the log: `known.log` is wanted. */
  readonly asksLog: boolean;
  /** Whether its rows are alerts: then it also is as complete as those who find alerts have looked. */
  readonly tellsAlerts: boolean;
  /**
   * @param given parameters as text, as they stand in a URL
   * @param now milliseconds since 1970
   * @throws ReportParamsError with every problem
   */
  prepare(given: Readonly<Record<string, unknown>>, now: number, known?: Known): PreparedReport;
}

/** What a report is made of; see `Report` for what becomes of it. */
export interface ReportDefinition<P extends z.ZodRawShape, Shape extends string> {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly about: string;
  readonly params: P;
  readonly rows: Readonly<Record<Shape, z.ZodObject>>;
  shapeOf(params: ParamsOf<P>): Shape;
  /** SQL that gives the columns of the shape (and perhaps more), unsorted, and its values. */
  toSQL(params: ParamsOf<P>, now: number, known: Known): SqlQuery;
  order(params: ParamsOf<P>): readonly OrderColumn[];
  range(params: ParamsOf<P>, now: number): TimeRange;
  readonly summary: PreparedReport['summary'];
  /** Where a row is more than the database gives; missing: it is the same. */
  read?(row: Row): Row;
  /** What one parameter alone can't tell; every problem. */
  check?(params: ParamsOf<P>): readonly string[];
  readonly subject?: {
    readonly row: z.ZodObject;
    toSQL(params: ParamsOf<P>, now: number): SqlQuery;
  };
  /** Missing: key events. */
  readonly topics?: readonly ReportTopic[];
  readonly asksLog?: true;
  readonly tellsAlerts?: true;
  conclude?(findings: Findings, params: ParamsOf<P>): string | null;
}
export type ParamsOf<P extends z.ZodRawShape> = z.output<z.ZodObject<P, z.core.$strict>>;

/** Joins a definition with what all reports share: checked parameters, sorting, pages. */
export function defineReport<P extends z.ZodRawShape, Shape extends string>(
  definition: ReportDefinition<P, Shape>,
): Report {
  const { id, title, question, about, rows, summary, subject } = definition;
  const params = z.strictObject({ ...definition.params, ...PAGING });
  const own = z.strictObject(definition.params);
  return {
    id,
    title,
    question,
    about,
    params,
    rows,
    ...(subject === undefined ? {} : { subject: subject.row }),
    topics: definition.topics ?? ['keyEvents'],
    asksLog: definition.asksLog ?? false,
    tellsAlerts: definition.tellsAlerts ?? false,
    prepare(given, now, known = {}) {
      const { limit, cursor } = parseParams(params, given) as { limit?: number; cursor?: string };
      const { limit: _limit, cursor: _cursor, ...rest } = given;
      const parsed = parseParams(own, rest);
      const problems = definition.check?.(parsed) ?? [];
      if (problems.length > 0) throw new ReportParamsError(problems);
      const shape = definition.shapeOf(parsed);
      const order = definition.order(parsed);
      const scope = `${id}/${shape}`;
      const columns = columnsOf(rows[shape]);
      const inner = definition.toSQL(parsed, now, known);
      const after = cursor === undefined ? undefined : { cursor, scope };
      const all = { ...inner, sql: `(\n${inner.sql}\n)` };
      return {
        query: pageOf(all, namesOf(columns), order, after, limit === undefined ? limit : limit + 1),
        fileQuery: fileOf(all, columns, order, after, limit),
        columns,
        row: rows[shape],
        limit,
        ...(subject === undefined
          ? {}
          : {
              subjects: {
                query: subject.toSQL(parsed, now),
                columns: columnsOf(subject.row),
              },
            }),
        params: shown({ ...parsed, ...(limit === undefined ? {} : { limit }) }),
        range: definition.range(parsed, now),
        read: (row) => definition.read?.(row) ?? row,
        cursorAfter: (row) => cursorAfter(row, order, scope),
        summary,
        conclude: (findings) => definition.conclude?.(findings, parsed) ?? null,
      };
    },
  };
}

interface Place {
  readonly cursor: string;
  readonly scope: string;
}

const namesOf = (columns: readonly Column[]): string[] => columns.map(({ name }) => name);

function pageOf(
  from: SqlQuery,
  select: readonly string[],
  order: readonly OrderColumn[],
  place: Place | undefined,
  rows: number | undefined,
): SqlQuery {
  const after = place === undefined ? undefined : rowsAfter(place.cursor, order, place.scope);
  const sql = [
    `SELECT ${select.join(', ')}`,
    `FROM\n${from.sql}${whereAll(after === undefined ? [] : [after.condition])}`,
    `ORDER BY ${orderBy(order)}`,
    ...(rows === undefined ? [] : ['LIMIT {rows:UInt64}']),
  ].join('\n');
  return {
    sql,
    params: { ...from.params, ...after?.params, ...(rows === undefined ? {} : { rows }) },
  };
}

/** Times are texts in JSON and CSV; a file with types has them as times. What sorts stays the text. */
function fileOf(
  from: SqlQuery,
  columns: readonly Column[],
  order: readonly OrderColumn[],
  place: Place | undefined,
  rows: number | undefined,
): SqlQuery {
  const select = columns.map(({ name, format, nullable }) => {
    if (format !== 'date-time') return `report.${name} AS ${name}`;
    return `parseDateTime64BestEffort${nullable ? 'OrNull' : ''}(report.${name}, 3, 'UTC') AS ${name}`;
  });
  const sorted = order.map((by) => ({ ...by, column: `report.${by.column}` }));
  return pageOf({ ...from, sql: `${from.sql} AS report` }, select, sorted, place, rows);
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
