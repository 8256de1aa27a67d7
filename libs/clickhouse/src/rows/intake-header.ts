import type { Intake } from './empty-columns.js';
import { rowOf } from './row-bytes.js';
import { TABLES, type ColumnOf } from '../schema/tables.js';

const TIME = "DateTime64(3, 'UTC')";
const SEVERITY = "Enum8('info' = 1, 'low' = 2, 'medium' = 3, 'high' = 4, 'critical' = 5)";
const KIND = "Enum8('event' = 1, 'duplicate' = 2, 'dead-letter' = 3, 'range' = 4)";
const KIND_WITH_ACTION =
  "Enum8('event' = 1, 'duplicate' = 2, 'dead-letter' = 3, 'range' = 4, 'action' = 5)";

/** The columns all intakes begin with, but for `kind`. */
const POSITION = {
  partition: 'UInt32',
  offset: 'UInt64',
  log_time: TIME,
  identity: 'UUID',
  body_crc: 'UInt32',
} as const;

/** Types of the columns that are no String, as the row builders write them. A spec compares them with the SQL. */
export const INTAKE_TYPES: { readonly [I in Intake]: Partial<Record<ColumnOf<I>, string>> } = {
  key_event_intake: {
    kind: KIND,
    ...POSITION,
    filed_time: TIME,
    time_flag: "Enum8('event' = 0, 'missing' = 1, 'out-of-range' = 2)",
    status: 'UInt16',
    latency_ms: 'Float32',
    bytes_out: 'UInt64',
    secret_version: 'UInt32',
  },
  alert_event_intake: {
    kind: KIND_WITH_ACTION,
    ...POSITION,
    rule_version: 'UInt32',
    severity: SEVERITY,
    occurred_at: TIME,
    detected_at: TIME,
    historical: 'Bool',
    acted_at: TIME,
    starts_at: TIME,
    ends_at: TIME,
  },
  delivery_event_intake: {
    kind: KIND,
    ...POSITION,
    severity: SEVERITY,
    attempt: 'UInt32',
    status: 'Int32',
    at: TIME,
  },
};

/** Name and type of each column of an intake, in the order in which rows are written. */
export function columnsOfIntake(intake: Intake): (readonly [name: string, type: string])[] {
  const types: Readonly<Record<string, string>> = INTAKE_TYPES[intake];
  return TABLES[intake].map((name) => [name, types[name] ?? 'String']);
}

/**
 * What an insert in RowBinaryWithNamesAndTypes begins with. Bytes say nothing of themselves: with it a table of another
 * shape refuses the insert, and never takes one column for another.
 */
export function intakeHeader(intake: Intake): Buffer {
  const columns = columnsOfIntake(intake);
  return rowOf((out) => {
    out.count(columns.length);
    for (const [name] of columns) out.text(name);
    for (const [, type] of columns) out.text(type);
  });
}
