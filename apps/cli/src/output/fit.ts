/** A text that is wrapped keeps at least this width; narrower it is no longer read. */
const LEAST_TEXT = 30;

/** Which columns are shown, and the width of the one whose text is wrapped. Widths include the gap to the next. */
export interface Fit {
  readonly columns: readonly number[];
  readonly wrapped?: { readonly column: number; readonly width: number };
}

/**
 * Makes columns fit a terminal: the longest text is wrapped; where that isn't enough, columns are left out from the
 * right. The first column always stays.
 * @param widths what each column needs
 */
export function fit(widths: readonly number[], available: number): Fit {
  let columns = widths.map((_, column) => column);
  const widest = widths.indexOf(Math.max(...widths));
  const text = (widths[widest] ?? 0) > LEAST_TEXT ? widest : undefined;
  const needed = (): number => columns.reduce((sum, column) => sum + (widths[column] ?? 0), 0);
  while (needed() > available) {
    if (text !== undefined && columns.includes(text)) {
      const width = available - needed() + (widths[text] ?? 0);
      if (width >= LEAST_TEXT) return { columns, wrapped: { column: text, width } };
    }
    const out = columns.findLast((column) => column > 0 && column !== text);
    if (out === undefined) break;
    columns = columns.filter((column) => column !== out);
  }
  return { columns };
}
