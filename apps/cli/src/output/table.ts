import Table from 'cli-table3';
import { fit } from './fit.js';

export type Cell = string | number | boolean | null | undefined;

/** Between two columns. */
const GAP = 2;
const NO_LINES = Object.fromEntries(
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle'
    .split(' ')
    .map((name) => [name, '']),
);

/**
 * Rows as a table for a terminal: numbers to the right, no lines between rows. What a narrow terminal has no room for
 * is named underneath.
 * @param width of the terminal; undefined: as wide as it gets
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number | undefined = terminalWidth(),
): string {
  const whole = draw(head, rows);
  if (width === undefined) return whole.text;
  const { columns, wrapped } = fit(whole.widths, width + GAP);
  if (columns.length === head.length && wrapped === undefined) return whole.text;
  const only = <T>(cells: readonly T[]): T[] => columns.map((column) => cells[column] as T);
  const widths = whole.widths.map((own, column) =>
    column === wrapped?.column ? wrapped.width : own,
  );
  const { text } = draw(only(head), rows.map(only), only(widths));
  const left = head.filter((_, column) => !columns.includes(column));
  return left.length === 0
    ? text
    : `${text}\n(No room here for ${left.join(', ')}; --format csv and json have all.)`;
}

/** undefined where standard output is no terminal, which the types don't know. */
function terminalWidth(): number | undefined {
  return process.stdout.columns;
}

function draw(
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  colWidths: number[] = [],
): { readonly text: string; readonly widths: readonly number[] } {
  const numeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const output = new Table({
    head: [...head],
    colAligns: numeric.map((right) => (right ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    chars: NO_LINES,
    wordWrap: colWidths.length > 0,
    colWidths,
  });
  for (const row of rows) output.push(row.map(cellText));
  const text = output
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
  // Drawing fills in the widths that were not given.
  return { text, widths: output.options.colWidths.map((width) => width ?? 0) };
}

function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number')
    return Number.isInteger(cell) ? cell.toLocaleString('en-US') : cell.toFixed(1);
  return printable(String(cell));
}

/** Text from outside without control characters: a user agent must not move the cursor or colour the terminal. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\uFFFD');
}
