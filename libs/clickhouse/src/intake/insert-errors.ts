import { ClickHouseError } from '@clickhouse/client';

/**
 * Answers of the server that pass by themselves: load, memory, disk, replication, restart. The insert is re-sent with
 * the same token for as long as it takes. Names as the server's `errorCodeToName` gives them. Data that ends too soon (32,
 * 33) is in neither table: a proxy may have cut it, or a row was built wrong, which no further try would mend.
 */
export const TRANSIENT_CODES: ReadonlyMap<number, string> = new Map([
  [3, 'UNEXPECTED_END_OF_FILE'],
  [23, 'CANNOT_READ_FROM_ISTREAM'],
  [74, 'CANNOT_READ_FROM_FILE_DESCRIPTOR'],
  [75, 'CANNOT_WRITE_TO_FILE_DESCRIPTOR'],
  [76, 'CANNOT_OPEN_FILE'],
  [95, 'CANNOT_READ_FROM_SOCKET'],
  [96, 'CANNOT_WRITE_TO_SOCKET'],
  [159, 'TIMEOUT_EXCEEDED'],
  [160, 'TOO_SLOW'],
  [173, 'CANNOT_ALLOCATE_MEMORY'],
  [198, 'DNS_ERROR'],
  [201, 'QUOTA_EXCEEDED'],
  [202, 'TOO_MANY_SIMULTANEOUS_QUERIES'],
  [203, 'NO_FREE_CONNECTION'],
  [204, 'CANNOT_FSYNC'],
  [209, 'SOCKET_TIMEOUT'],
  [210, 'NETWORK_ERROR'],
  [216, 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING'],
  [225, 'NO_ZOOKEEPER'],
  [236, 'ABORTED'],
  [241, 'MEMORY_LIMIT_EXCEEDED'],
  [242, 'TABLE_IS_READ_ONLY'],
  [243, 'NOT_ENOUGH_SPACE'],
  [244, 'UNEXPECTED_ZOOKEEPER_ERROR'],
  [252, 'TOO_MANY_PARTS'],
  [254, 'NO_ACTIVE_REPLICAS'],
  [265, 'NO_AVAILABLE_REPLICA'],
  [279, 'ALL_CONNECTION_TRIES_FAILED'],
  [285, 'TOO_FEW_LIVE_REPLICAS'],
  [286, 'UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE'],
  [289, 'REPLICA_IS_NOT_IN_QUORUM'],
  [298, 'CANNOT_PIPE'],
  [299, 'CANNOT_FORK'],
  [319, 'UNKNOWN_STATUS_OF_INSERT'],
  [364, 'RECEIVED_ERROR_TOO_MANY_REQUESTS'],
  [384, 'PART_IS_TEMPORARILY_LOCKED'],
  [394, 'QUERY_WAS_CANCELLED'],
  [410, 'EXTERNAL_SERVER_IS_NOT_RESPONDING'],
  [416, 'REPLICA_STATUS_CHANGED'],
  [439, 'CANNOT_SCHEDULE_TASK'],
  [473, 'DEADLOCK_AVOIDED'],
  [499, 'S3_ERROR'],
  [574, 'DISTRIBUTED_TOO_MANY_PENDING_BYTES'],
  [677, 'THREAD_WAS_CANCELED'],
  [692, 'TOO_MANY_MUTATIONS'],
  [700, 'USER_SESSION_LIMIT_EXCEEDED'],
  [733, 'TABLE_IS_BEING_RESTARTED'],
  [735, 'QUERY_WAS_CANCELLED_BY_CLIENT'],
  [745, 'SERVER_OVERLOADED'],
  [749, 'TCP_CONNECTION_LIMIT_REACHED'],
  [762, 'HTTP_CONNECTION_LIMIT_REACHED'],
  [777, 'MEMORY_RESERVATION_KILLED'],
  [778, 'MEMORY_RESERVATION_FAILED'],
  [999, 'KEEPER_EXCEPTION'],
]);

/**
 * Answers that will never change for these bytes and this server: a bug, a schema of another version, a wrong
 * password. Retrying would be for ever.
 */
export const DETERMINISTIC_CODES: ReadonlyMap<number, string> = new Map([
  [1, 'UNSUPPORTED_METHOD'],
  [6, 'CANNOT_PARSE_TEXT'],
  [7, 'INCORRECT_NUMBER_OF_COLUMNS'],
  [8, 'THERE_IS_NO_COLUMN'],
  [10, 'NOT_FOUND_COLUMN_IN_BLOCK'],
  [16, 'NO_SUCH_COLUMN_IN_TABLE'],
  [20, 'NUMBER_OF_COLUMNS_DOESNT_MATCH'],
  [25, 'CANNOT_PARSE_ESCAPE_SEQUENCE'],
  [26, 'CANNOT_PARSE_QUOTED_STRING'],
  [27, 'CANNOT_PARSE_INPUT_ASSERTION_FAILED'],
  [36, 'BAD_ARGUMENTS'],
  [38, 'CANNOT_PARSE_DATE'],
  [41, 'CANNOT_PARSE_DATETIME'],
  [43, 'ILLEGAL_TYPE_OF_ARGUMENT'],
  [44, 'ILLEGAL_COLUMN'],
  [46, 'UNKNOWN_FUNCTION'],
  [47, 'UNKNOWN_IDENTIFIER'],
  [48, 'NOT_IMPLEMENTED'],
  [49, 'LOGICAL_ERROR'],
  [50, 'UNKNOWN_TYPE'],
  [53, 'TYPE_MISMATCH'],
  [60, 'UNKNOWN_TABLE'],
  [62, 'SYNTAX_ERROR'],
  [69, 'ARGUMENT_OUT_OF_BOUND'],
  [70, 'CANNOT_CONVERT_TYPE'],
  [72, 'CANNOT_PARSE_NUMBER'],
  [73, 'UNKNOWN_FORMAT'],
  [81, 'UNKNOWN_DATABASE'],
  [108, 'NO_DATA_TO_INSERT'],
  [115, 'UNKNOWN_SETTING'],
  [117, 'INCORRECT_DATA'],
  [122, 'INCOMPATIBLE_COLUMNS'],
  [131, 'TOO_LARGE_STRING_SIZE'],
  [164, 'READONLY'],
  [192, 'UNKNOWN_USER'],
  [193, 'WRONG_PASSWORD'],
  [194, 'REQUIRED_PASSWORD'],
  [195, 'IP_ADDRESS_NOT_ALLOWED'],
  [218, 'TABLE_IS_DROPPED'],
  [229, 'QUERY_IS_TOO_LARGE'],
  [291, 'DATABASE_ACCESS_DENIED'],
  [321, 'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE'],
  [349, 'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN'],
  [376, 'CANNOT_PARSE_UUID'],
  [392, 'QUERY_IS_PROHIBITED'],
  [407, 'DECIMAL_OVERFLOW'],
  [452, 'SETTING_CONSTRAINT_VIOLATION'],
  [467, 'CANNOT_PARSE_BOOL'],
  [469, 'VIOLATED_CONSTRAINT'],
  [472, 'READONLY_SETTING'],
  [497, 'ACCESS_DENIED'],
  [516, 'AUTHENTICATION_FAILED'],
  [578, 'INVALID_FORMAT_INSERT_QUERY_WITH_DATA'],
  [632, 'UNEXPECTED_DATA_AFTER_PARSED_VALUE'],
  [691, 'UNKNOWN_ELEMENT_OF_ENUM'],
  [720, 'USER_EXPIRED'],
  [764, 'DEDUPLICATION_IS_NOT_POSSIBLE'],
  [774, 'TABLE_IS_PERMANENTLY_READ_ONLY'],
]);

/** `unknown`: taken as passing for a limited number of tries, then as lasting. */
export type InsertErrorKind = 'transient' | 'deterministic' | 'unknown';

/**
 * What an error of an insert means for trying again. Everything that isn't an answer of the server (refused, reset,
 * timed out, a proxy's page) is transient: whether the rows arrived is unknown, and the token makes asking again safe.
 * A TypeError or RangeError is ours.
 */
export function classifyInsertError(error: unknown): InsertErrorKind {
  if (error instanceof ClickHouseError) {
    const code = Number(error.code);
    if (TRANSIENT_CODES.has(code)) return 'transient';
    if (DETERMINISTIC_CODES.has(code)) return 'deterministic';
    return 'unknown';
  }
  if (!(error instanceof Error)) return 'unknown';
  // A network library's TypeError ("fetch failed") has a system error as its cause; a plain one is a bug.
  if (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError
  ) {
    return error.cause instanceof Error ? 'transient' : 'deterministic';
  }
  return 'transient';
}

/** Codes whose message quotes what could not be read. */
const QUOTES_THE_ROW: ReadonlySet<number> = new Set([
  6, 25, 26, 27, 38, 41, 53, 69, 70, 72, 117, 321, 349, 376, 407, 467, 469, 632, 691,
]);

/** The insert can't succeed however often it is tried; the process that wrote it ends with this message. */
export class DeterministicInsertError extends Error {
  override readonly name = 'DeterministicInsertError';

  constructor(
    readonly table: string,
    readonly token: string,
    error: unknown,
  ) {
    super(
      `ClickHouse refuses the range ${token} for ${table}, and would again: ${describe(error)}`,
      quotesTheRow(error) ? {} : { cause: error },
    );
  }
}

function quotesTheRow(error: unknown): boolean {
  return error instanceof ClickHouseError && QUOTES_THE_ROW.has(Number(error.code));
}

/** What the server said, without the row that it may quote: events stay out of logs. */
function describe(error: unknown): string {
  if (!(error instanceof ClickHouseError)) {
    return error instanceof Error ? error.message : String(error);
  }
  const code = `${error.type ?? 'error'} (code ${error.code})`;
  if (!quotesTheRow(error)) return `${code}: ${error.message.slice(0, 500)}`;
  const column = /while reading the value of key (\w+)/.exec(error.message)?.[1];
  const row = /\(at row (\d+)\)/.exec(error.message)?.[1];
  return `${code}${column === undefined ? '' : `, column ${column}`}${row === undefined ? '' : `, row ${row} of the insert`}`;
}
