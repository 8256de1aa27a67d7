import type { OutgoingKeyEvent } from '@keywatch/events';

/** What an import decides for all of its events. */
export interface SourceOptions {
  /** Lane of the import: old logs fold apart from live traffic and from each other. */
  readonly lane: string;
  /** Tenant of events that name none; missing: the default tenant. */
  readonly tenantId?: string;
}

/** The events of one record; `skipped` says why there are none. */
export interface Taken {
  readonly events: readonly OutgoingKeyEvent[];
  readonly skipped?: string;
}

/** A record that can't be read: a stable code to count by, and a sentence without the record's values. */
export interface Rejected {
  readonly rejected: string;
  readonly error: string;
}

export type SourceOutcome = Taken | Rejected;

/** A pointer of a mapping that led nowhere, in any record that it was followed in. */
export interface Unmatched {
  /** What it was to fill, for example `time` or `data.status`. */
  readonly member: string;
  /** The pointer as the mapping has it. */
  readonly pointer: string;
  /** Records in which it was followed. */
  readonly records: number;
}

/**
 * A foreign log as key events. A source takes only the fields it lists, so that what it doesn't know (session tokens
 * among them) never travels, and gives one fact the same identity whichever file delivers it. Never throws.
 */
export interface Source<Input = unknown> {
  readonly name: string;
  /** What a record is: a JSON value (missing), or a line of text. */
  readonly reads?: 'lines';
  /** Members of an outermost object whose list holds the records; missing: `Records`. */
  readonly lists?: readonly string[];
  events(record: Input, options: SourceOptions): SourceOutcome;
  /** Pointers of the mapping that have led nowhere so far; missing: it follows none. */
  unmatched?(): readonly Unmatched[];
}

/** A kind of log that can be imported. */
export interface SourceKind {
  readonly name: string;
  /** Whether it needs a mapping, can have one, or knows all by itself. */
  readonly mapping: 'needed' | 'possible' | 'none';
  /**
   * The source for one import, which may remember what it has read.
   * @param mapping as parsed from YAML or JSON; undefined where none is given
   * @throws MappingError with every problem
   */
  open(mapping?: unknown): Source;
}

/** Whether a record could not be read. */
export function isRejected(outcome: SourceOutcome): outcome is Rejected {
  return 'rejected' in outcome;
}
