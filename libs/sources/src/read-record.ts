/** Where a record begins: `line` counts from 1; `item` too, where it stands in a list. */
interface RecordPlace {
  readonly line: number;
  readonly item?: number;
}

/** A record, or why a stretch of the input is none. */
export type ReadRecord = RecordPlace & ({ readonly record: unknown } | { readonly error: string });

export interface ReadOptions {
  /** Members of an outermost object whose list holds the records. */
  readonly lists?: readonly string[];
  /** Characters of one record. */
  readonly maxLength?: number;
  /** Characters of a line that is parsed as a whole; a longer one is read piece by piece. */
  readonly wholeLine?: number;
}
