import { writeEmptyColumns, type Intake } from './empty-columns.js';
import { NO_IDENTITY, writePosition } from './position.js';
import { rowOf } from './row-bytes.js';
import { storedJson } from './stored-values.js';

/**
 * Version of the code that builds rows. Rows of a range are a pure function of its messages: whoever changes what a
 * builder gives for the same message raises this number, so that an announced range is never re-sent with other rows
 * under the token of the first try.
 */
export const ROW_VERSION = 2;

/** What a range held. Times in ms since 1970; `messages` = events + duplicates + deadLetters + dropped. */
export interface RangeCounts {
  readonly messages: number;
  readonly events: number;
  readonly duplicates: number;
  /** Duplicates whose body differs from the first. */
  readonly conflicts: number;
  readonly deadLetters: number;
  /** Messages left out on purpose. */
  readonly dropped: number;
  readonly firstLogTimeMs: number;
  readonly lastLogTimeMs: number;
}

/** Consecutive positions of one partition: from `from` up to, not including, `to`. */
export interface RangeBounds {
  readonly topic: string;
  readonly partition: number;
  readonly from: number | bigint | string;
  readonly to: number | bigint | string;
}

/** The row that stores the range itself, in the same insert as its events. */
export function rangeRow(intake: Intake, bounds: RangeBounds, counts: RangeCounts): Buffer {
  const { lastLogTimeMs, ...stored } = counts;
  const position = {
    topic: bounds.topic,
    partition: bounds.partition,
    offset: bounds.from,
    logTimeMs: lastLogTimeMs,
  };
  const data = storedJson({ to: Number(bounds.to), ...stored, rowVersion: ROW_VERSION });
  return rowOf((out) => {
    writePosition(out, 'range', position, NO_IDENTITY, 0);
    writeEmptyColumns(out, intake, { timeMs: lastLogTimeMs, data });
  });
}
