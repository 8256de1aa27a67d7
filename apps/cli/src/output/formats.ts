import { InvalidArgumentError } from 'commander';
import type { ApiClient, Query, ReportAnswer } from '../api/api-client.js';
import { CommandError } from '../command-error.js';
import { isClosedOutput } from './closed-output.js';
import { alertsLines } from './alerts-completeness.js';
import { completenessLine, count } from './completeness.js';
import { pour, say, tell } from './say.js';
import { printable, table, type Cell } from './table.js';

export const FORMATS = ['table', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** Reports can be printed on paper and read by other programs, too. */
export const REPORT_FORMATS = [...FORMATS, 'html', 'parquet'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Rows of a table where no --limit is given: more would only scroll by. */
export const TABLE_ROWS = 100;

/** For commander: one of the formats of a report. */
export function reportFormat(text: string): ReportFormat {
  const format = REPORT_FORMATS.find((known) => known === text);
  if (format === undefined)
    throw new InvalidArgumentError(`It must be one of ${REPORT_FORMATS.join(', ')}.`);
  return format;
}

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
export function printTable(answer: ReportAnswer, shown?: readonly Shown[]): void {
  say(tableText(answer, shown));
}

/**
 * What an answer is about, its rows, what they come to, and how complete that is.
 * @param shown the columns; missing: all that the answer has
 * @param width undefined: as wide as the terminal
 */
export function tableText(
  answer: ReportAnswer,
  shown: readonly Shown[] = everyColumn(answer),
  width?: number,
): string {
  const { rows, subjects = [], conclusion = null, nextCursor } = answer;
  const head = shown.map((column) => column.head);
  const cells = rows.map((row) => shown.map(({ cell }) => cell(row)));
  return [
    ...subjects.slice(0, SUBJECTS).map(subjectLine),
    ...(subjects.length > SUBJECTS ? [`and ${count(subjects.length - SUBJECTS, 'more key')}`] : []),
    ...(subjects.length > 0 ? [''] : []),
    rows.length === 0
      ? 'Nothing to show.'
      : width === undefined
        ? table(head, cells)
        : table(head, cells, width),
    '',
    ...(conclusion === null ? [] : [printable(conclusion)]),
    ...(nextCursor === null
      ? []
      : [
          `The first ${count(rows.length, 'row')}; --limit N, or --format json or csv, gives more.`,
        ]),
    completenessLine(answer.completeness),
    ...alertsLines(answer.completeness),
  ].join('\n');
}

/** Keys whose facts stand above a table. */
const SUBJECTS = 5;

/** What is known of a key, on one line. */
function subjectLine(subject: Readonly<Record<string, unknown>>): string {
  const day = (name: string): string => text(subject[name]).slice(0, 10);
  const facts = [
    text(subject['state']),
    text(subject['plan']),
    text(subject['environment']),
    text(subject['ownerEmail']) || text(subject['owner']),
    day('createdAt') && `created ${day('createdAt')}`,
    day('lastRotatedAt') && `rotated ${day('lastRotatedAt')}`,
    day('revokedAt') && `revoked ${day('revokedAt')}`,
    day('lastUsed') === ''
      ? 'never used'
      : `last used ${text(subject['lastUsed']).slice(0, 16).replace('T', ' ')} UTC`,
  ].filter((fact) => fact !== '');
  return printable(
    `${text(subject['keyId'])} (tenant ${text(subject['tenantId'])}): ${facts.join(', ')}`,
  );
}

function everyColumn({ columns }: ReportAnswer): Shown[] {
  return columns
    .filter(({ type, detail }) => type !== 'object' && detail !== true)
    .map(({ name, title, format }) => {
      const head = title.toUpperCase();
      if (format !== 'date-time') return plain(head, name);
      return name === 'day' ? day(head, name) : time(head, name);
    });
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A column shown as it is. */
export function plain(head: string, name: string): Shown {
  return { head, cell: (row) => row[name] as Cell };
}

/** A time to the second. Heads of times say that they are in UTC. */
export function time(head: string, name: string): Shown {
  return { head: `${head} (UTC)`, cell: (row) => text(row[name]).slice(0, 19).replace('T', ' ') };
}

/** A time to the minute. */
export function minute(head: string, name: string): Shown {
  return { head: `${head} (UTC)`, cell: (row) => text(row[name]).slice(0, 16).replace('T', ' ') };
}

/** The day of a time. */
export function day(head: string, name: string): Shown {
  return { head, cell: (row) => text(row[name]).slice(0, 10) };
}

/** A text, its beginning where it is long. */
export function short(head: string, name: string, most: number): Shown {
  return {
    head,
    cell: (row) => {
      const value = text(row[name]);
      return value.length > most ? `${value.slice(0, most - 1)}\u2026` : value;
    },
  };
}
