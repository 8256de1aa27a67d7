import { deadLetter, type DeadLetter } from './outcome.js';

/** A record of an imported file that can't be a key event, told on the log so that it is a dead letter like others. */
export const LINE_REJECTED = 'keywatch.import.line-rejected.v1';

/** Where the record stands and why it can't be read. What stands in it doesn't travel: it may hold a secret. */
export interface RejectedLine {
  readonly file: string;
  /** Counts from 1; `item` too, where a line holds a list. */
  readonly line: number;
  readonly item?: number;
  /** A word to count by. */
  readonly reason: string;
  /** A sentence without the record's values. */
  readonly error: string;
  /** Lane of the import. */
  readonly lane: string;
}

const MAX_FILE = 512;
const MAX_ERROR = 1024;

/** The CloudEvent that tells of a rejected line. */
export function rejectedLineEvent(rejected: RejectedLine): object {
  const { line, item, reason, lane } = rejected;
  // The end of a path names the file.
  const file = rejected.file.slice(-MAX_FILE);
  const place = placeOf(file, line, item);
  return {
    specversion: '1.0',
    id: `${lane}:${place}`.slice(-256),
    source: 'urn:keywatch:import',
    type: LINE_REJECTED,
    subject: place.slice(-256),
    lane,
    data: {
      file,
      line,
      ...(item === undefined ? {} : { item }),
      reason: reason.slice(0, 64),
      error: rejected.error.slice(0, MAX_ERROR),
    },
  };
}

/** The dead letter that such an event is. */
export function rejectedLine(data: Readonly<Record<string, unknown>>): DeadLetter {
  const { file, line, item, reason, error } = data;
  if (
    !isText(file, MAX_FILE) ||
    !isCount(line) ||
    !(item === undefined || isCount(item)) ||
    !isText(reason, 64) ||
    !isText(error, MAX_ERROR)
  ) {
    return deadLetter('invalid-data', 'a rejected line needs file, line, reason and error');
  }
  return deadLetter('rejected-line', `${placeOf(file, line, item)}: ${reason}: ${error}`);
}

function placeOf(file: string, line: number, item: number | undefined): string {
  return `${file}:${line}${item === undefined ? '' : ` (record ${item})`}`;
}

function isText(value: unknown, max: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= max;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
}
