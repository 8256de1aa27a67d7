import type { Column, Row } from '@keywatch/reports';
import { stringify } from 'csv-stringify/sync';
import { concluded, type Answer } from './answer.js';
import { html } from './html.js';

export const FORMATS = ['json', 'csv', 'ndjson', 'html', 'parquet'] as const;
export type Format = (typeof FORMATS)[number];

export const CONTENT_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
  html: 'text/html; charset=utf-8',
  parquet: 'application/vnd.apache.parquet',
};

/** The answer as text, piece by piece, so that it is never whole in memory. A Parquet file the database writes itself. */
export function write(format: Exclude<Format, 'parquet'>, answer: Answer): AsyncGenerator<string> {
  switch (format) {
    case 'json':
      return json(answer);
    case 'csv':
      return csv(answer);
    case 'ndjson':
      return ndjson(answer);
    case 'html':
      return html(answer);
  }
}

/**
 * One object: report, generatedAt, params, completeness, subjects (of a report about keys), columns, rows, nextCursor (null
 * on the last page), summary of the rows given, conclusion. A row stands on a line of its own.
 */
async function* json(answer: Answer): AsyncGenerator<string> {
  const { report, prepared, completeness, subjects, rows, generatedAtMs } = answer;
  const { params, columns, limit } = prepared;
  const head = JSON.stringify({
    report: report.id,
    generatedAt: new Date(generatedAtMs).toISOString(),
    params,
    completeness,
    ...(subjects === undefined ? {} : { subjects }),
    columns,
  });
  yield `${head.slice(0, -1)},"rows":[`;
  let summary = prepared.summary.initial;
  let count = 0;
  let last: Row | undefined;
  let nextCursor: string | null = null;
  for await (const row of rows) {
    if (count === limit && last !== undefined) {
      nextCursor = prepared.cursorAfter(last);
      break;
    }
    yield `${count === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`;
    summary = prepared.summary.add(summary, row);
    last = row;
    count += 1;
  }
  const conclusion = concluded(answer, summary, nextCursor === null);
  yield `${count === 0 ? '' : '\n'}],${JSON.stringify({ nextCursor, summary, conclusion }).slice(1)}\n`;
}

async function* ndjson({ prepared, rows }: Answer): AsyncGenerator<string> {
  for await (const row of upTo(prepared.limit, rows)) yield `${JSON.stringify(row)}\n`;
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is preceded by an apostrophe. */
async function* csv({ prepared, rows }: Answer): AsyncGenerator<string> {
  const { columns, limit } = prepared;
  yield csvLine(columns.map(({ name }) => name));
  for await (const row of upTo(limit, rows))
    yield csvLine(columns.map((column) => cell(row, column)));
}

function csvLine(cells: readonly (string | number | null)[]): string {
  return stringify([[...cells]], { escape_formulas: true, record_delimiter: 'windows' });
}

function cell(row: Row, { name }: Column): string | number | null {
  const value = row[name];
  if (value === null || value === undefined) return null;
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
}

async function* upTo(limit: number | undefined, rows: AsyncIterable<Row>): AsyncGenerator<Row> {
  let count = 0;
  for await (const row of rows) {
    if (count === limit) return;
    yield row;
    count += 1;
  }
}
