import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { ClickHouse } from '@keywatch/clickhouse';
import { InvalidArgumentError } from 'commander';
import { pour, say, tell } from '../output/say.js';
import { count } from '../output/completeness.js';
import { table } from '../output/table.js';
import { sqlError } from './sql-error.js';
import { untilException } from './until-exception.js';

/** What `--format` takes, and what ClickHouse calls it. The table is drawn here. */
export const SQL_FORMATS = {
  table: 'JSONCompactEachRowWithNamesAndTypes',
  json: 'JSON',
  ndjson: 'JSONEachRow',
  csv: 'CSVWithNames',
  tsv: 'TabSeparatedWithNames',
  markdown: 'Markdown',
  vertical: 'Vertical',
  parquet: 'Parquet',
} as const;
export type SqlFormat = keyof typeof SQL_FORMATS;

/** For commander: one of the formats. */
export function parseSqlFormat(text: string): SqlFormat {
  if (text in SQL_FORMATS) return text as SqlFormat;
  throw new InvalidArgumentError(`It must be one of ${Object.keys(SQL_FORMATS).join(', ')}.`);
}

/** Rows of a table on the screen; the other formats give all. */
export const TABLE_ROWS = 1_000;

export interface Question {
  readonly sql: string;
  readonly params: Readonly<Record<string, string>>;
  readonly format: SqlFormat;
  readonly signal?: AbortSignal;
}

/**
 * Asks and prints: rows on standard output as they come, nothing else; what is to be said about them on standard error.
 * @throws Error with one clear message
 */
export async function runQuery(clickhouse: ClickHouse, question: Question): Promise<void> {
  const { sql, params, format, signal } = question;
  try {
    const answer = await clickhouse.reader.exec({
      query: sql.replace(/[\s;]+$/, ''),
      query_params: { ...params },
      clickhouse_settings: {
        default_format: SQL_FORMATS[format],
        output_format_json_quote_64bit_integers: 0,
        // One row more, to know that there are more.
        ...(format === 'table'
          ? { max_result_rows: String(TABLE_ROWS + 1), result_overflow_mode: 'break' }
          : {}),
      } as Record<string, string | number>,
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    const header = (name: string): string | undefined => {
      const value = answer.response_headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    const rows = untilException(answer.stream, header('x-clickhouse-exception-tag'));
    const given = header('x-clickhouse-format');
    // The query may name a format itself.
    if (format === 'table' && (given === undefined || given === SQL_FORMATS.table)) {
      await printRows(rows);
    } else await pour(rows);
  } catch (error) {
    throw sqlError(error);
  }
}

async function printRows(bytes: AsyncIterable<Buffer>): Promise<void> {
  const lines = createInterface({ input: Readable.from(bytes), crlfDelay: Infinity });
  const rows: unknown[][] = [];
  for await (const line of lines) {
    if (line !== '') rows.push(JSON.parse(line) as unknown[]);
  }
  const [names, types, ...values] = rows as [string[]?, string[]?, ...unknown[][]];
  // Statements that give no rows have no columns either.
  if (names === undefined || types === undefined) return;
  const shown = values.slice(0, TABLE_ROWS);
  if (shown.length > 0) say(drawn(names, types, shown));
  if (shown.length === 0) tell('No rows.');
  if (values.length > shown.length) {
    tell(`The first ${count(shown.length, 'row')}; --format csv or ndjson gives all.`);
  }
}

const NUMBER = /^(?:Nullable\()?(?:LowCardinality\()?(?:U?Int|Float|Decimal)/;

/** Values exactly as they came, numbers to the right. */
function drawn(names: string[], types: string[], rows: unknown[][]): string {
  const cells = rows.map((row) => row.map(cellText));
  const widths = names.map((_, column) =>
    NUMBER.test(types[column] ?? '')
      ? Math.max(0, ...cells.map((row) => row[column]?.length ?? 0))
      : 0,
  );
  return table(
    names,
    cells.map((row) => row.map((text, column) => text.padStart(widths[column] ?? 0))),
  );
}

function cellText(value: unknown): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
