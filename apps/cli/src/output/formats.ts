import { InvalidArgumentError } from 'commander';
import type { ApiClient, Query, ReportAnswer } from '../api/api-client.js';
import { CommandError } from '../command-error.js';
import { isClosedOutput } from './closed-output.js';
import { completenessLine, count } from './completeness.js';
import { pour, say, tell } from './say.js';
import { printable, table, type Cell } from './table.js';

export const FORMATS = ['table', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Rows of a table where no --limit is given: more would only scroll by. */
const TABLE_ROWS = 100;

/** For commander: one of the formats. */
export function parseFormat(text: string): Format {
  const format = FORMATS.find((known) => known === text);
  if (format === undefined)
    throw new InvalidArgumentError(`It must be one of ${FORMATS.join(', ')}.`);
  return format;
}

/** A column of a table: its head and what stands in it. */
export interface Shown {
  readonly head: string;
  readonly cell: (row: Readonly<Record<string, unknown>>) => Cell;
}

/**
 * Prints an answer of the API. json and csv go to standard output as the server writes them, with a line about their
 * completeness on standard error; a table has it underneath.
 */
export async function print(
  api: ApiClient,
  path: string,
  query: Query,
  format: Format,
  shown?: readonly Shown[],
): Promise<void> {
  if (format === 'table') {
    printTable(await api.rows(path, { limit: String(TABLE_ROWS), ...query }), shown);
    return;
  }
  const response = await api.get(path, { ...query, format });
  await pour(response.body ?? []).catch((error: unknown) => {
    if (isClosedOutput(error)) throw error;
    const { cause } = error as { cause?: Error };
    throw new CommandError(
      `The answer broke off, what was printed is not all: ${cause?.message ?? (error as Error).message}`,
    );
  });
  const state = response.headers.get('x-keywatch-completeness') ?? 'unknown';
  if (state !== 'complete') {
    tell(
      `Completeness: ${state}${response.headers.has('x-keywatch-reason') ? ` (${printable(response.headers.get('x-keywatch-reason') ?? '')})` : ''}`,
    );
  }
}

/** @param shown the columns; missing: all that the answer has */
export function printTable(
  answer: ReportAnswer,
  shown: readonly Shown[] = everyColumn(answer),
): void {
  if (answer.rows.length === 0) say('Nothing to show.');
  else
    say(
      table(
        shown.map(({ head }) => head),
        answer.rows.map((row) => shown.map(({ cell }) => cell(row))),
      ),
    );
  say('');
  if (answer.nextCursor !== null)
    say(
      `The first ${count(answer.rows.length, 'row')}; --limit N, or --format json or csv, gives more.`,
    );
  say(completenessLine(answer.completeness));
}

function everyColumn({ columns }: ReportAnswer): Shown[] {
  return columns
    .filter(({ type }) => type !== 'object')
    .map(({ name, title }) =>
      /(At|Used)$/.test(name) ? time(title.toUpperCase(), name) : plain(title.toUpperCase(), name),
    );
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A column shown as it is. */
export function plain(head: string, name: string): Shown {
  return { head, cell: (row) => row[name] as Cell };
}

/** A time to the second. */
export function time(head: string, name: string): Shown {
  return { head, cell: (row) => text(row[name]).slice(0, 19).replace('T', ' ') };
}
