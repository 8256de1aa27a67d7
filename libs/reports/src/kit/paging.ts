import { ReportParamsError } from './params.js';
import type { SqlParams } from './sql.js';

/** A column of the result by which it is sorted. The last ones make a row's place unique. */
export interface OrderColumn {
  readonly column: string;
  readonly type: 'UInt64' | 'Int64' | 'String';
  readonly descending?: true;
  /** Stands for a missing value when sorting. */
  readonly ifNull?: string | number;
}

type Row = Readonly<Record<string, unknown>>;

/** The place after a row, opaque to who pages: the scope (a report and its shape) and the values it is sorted by. */
export function cursorAfter(row: Row, order: readonly OrderColumn[], scope: string): string {
  const values = order.map(({ column, ifNull }) => row[column] ?? ifNull);
  return Buffer.from(JSON.stringify([scope, ...values])).toString('base64url');
}

/**
 * Condition that leaves the rows after the cursor, and its values.
 * @throws ReportParamsError where the cursor is none, or of another report or grouping
 */
export function rowsAfter(
  cursor: string,
  order: readonly OrderColumn[],
  scope: string,
): { readonly condition: string; readonly params: SqlParams } {
  const values = valuesOf(cursor, order, scope);
  const name = (index: number): string => `{after${index}:${order[index]?.type ?? 'String'}}`;
  const alternatives = order.map((column, index) => {
    const equal = order.slice(0, index).map((before, i) => `${expressionOf(before)} = ${name(i)}`);
    const beyond = `${expressionOf(column)} ${column.descending === true ? '<' : '>'} ${name(index)}`;
    return `(${[...equal, beyond].join(' AND ')})`;
  });
  return {
    condition: `(${alternatives.join(' OR ')})`,
    params: Object.fromEntries(values.map((value, index) => [`after${index}`, value])),
  };
}

/** `a DESC, b` */
export function orderBy(order: readonly OrderColumn[]): string {
  return order
    .map((column) => `${expressionOf(column)}${column.descending === true ? ' DESC' : ''}`)
    .join(', ');
}

function expressionOf({ column, ifNull }: OrderColumn): string {
  if (ifNull === undefined) return column;
  return `ifNull(${column}, ${typeof ifNull === 'string' ? `'${ifNull}'` : ifNull})`;
}

function valuesOf(
  cursor: string,
  order: readonly OrderColumn[],
  scope: string,
): (string | number)[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    parts = undefined;
  }
  const [given, ...values] = Array.isArray(parts) ? (parts as unknown[]) : [];
  const fits = (column: OrderColumn, index: number): boolean =>
    column.type === 'String'
      ? typeof values[index] === 'string'
      : Number.isSafeInteger(values[index]) &&
        (column.type === 'Int64' || Number(values[index]) >= 0);
  if (given !== scope || values.length !== order.length || !order.every(fits)) {
    throw new ReportParamsError([
      'cursor is not one of this report with this groupBy; leave it out to start at the first row',
    ]);
  }
  return values as (string | number)[];
}
