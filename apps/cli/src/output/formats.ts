import { InvalidArgumentError } from 'commander';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import type { ApiClient, Query, ReportAnswer } from '../api/api-client.js';
import { completenessLine } from './completeness.js';
import { say, tell } from './say.js';
import { table, type Cell } from './table.js';

export const FORMATS = ['table', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

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
    const answer = (await (await api.get(path, { limit: '100', ...query })).json()) as ReportAnswer;
    printTable(answer, shown);
    return;
  }
  const response = await api.get(path, { ...query, format });
  if (response.body !== null) {
    await pipeline(Readable.fromWeb(response.body as never), process.stdout, { end: false });
  }
  const state = response.headers.get('x-keywatch-completeness') ?? 'unknown';
  if (state !== 'complete') {
    tell(
      `Completeness: ${state}${response.headers.has('x-keywatch-reason') ? ` (${response.headers.get('x-keywatch-reason') ?? ''})` : ''}`,
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
    say(`The first ${answer.rows.length} rows; --limit N, or --format json or csv, gives more.`);
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
