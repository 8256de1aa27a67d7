/** A part of a MergeTree table, as its folder's name says: partition, first and last block. */
export interface Part {
  readonly partition: string;
  readonly first: number;
  readonly last: number;
}

/** `partition_first_last_level`, with `_mutation` at the end after an ALTER UPDATE; partitions have no underscore. */
const PART_NAME = /^([^_]+)_(\d+)_(\d+)_(\d+)(?:_(\d+))?$/;

/** undefined for `tmp_insert_...`, `delete_tmp_...`, `detached`, `deduplication_logs` and other names that are no part. */
export function parsePart(name: string): Part | undefined {
  const found = PART_NAME.exec(name);
  const [, partition, first, last] = found ?? [];
  if (partition === undefined || first === undefined || last === undefined) return undefined;
  return { partition, first: Number(first), last: Number(last) };
}

/** What to do with a log file: keep its first `keep` bytes; the rest is `dropped`. */
export interface Cut {
  readonly keep: number;
  readonly dropped: readonly string[];
}

const NEWLINE = 10;
const ADD = '1';

/**
 * Decides what of a table's newest deduplication log was never true.
 *
 * Plain MergeTree appends `1 <tab> part <tab> block id` to the log and renames the part about 90 microseconds later, both
 * under one lock. A kill in between leaves the record of a part that doesn't exist: a re-send with the same token would be
 * skipped and its rows lost. Such a record can only be the last one (or the last ones, should one part have several ids).
 * A record whose part has since been merged is covered by the merged part. One whose part has been dropped for age looks
 * the same when nothing came after it, and goes too: a re-send of such old rows would be dropped for age again.
 *
 * A line without its line break at the end was torn by the kill and goes as well: the engine would append to it.
 * @returns undefined when the log is sound.
 */
export function repairOf(log: Buffer, parts: readonly Part[]): Cut | undefined {
  const dropped: string[] = [];
  let keep = log.lastIndexOf(NEWLINE) + 1;
  if (keep < log.length) dropped.push(log.subarray(keep).toString());
  let phantom: string | undefined;
  while (keep > 0) {
    const start = keep > 1 ? log.lastIndexOf(NEWLINE, keep - 2) + 1 : 0;
    const line = log.subarray(start, keep - 1).toString();
    const [operation, name = ''] = line.split('\t');
    const part = operation === ADD ? parsePart(name) : undefined;
    if (part === undefined || covered(part, parts)) break;
    if (phantom !== undefined && phantom !== name) break;
    phantom = name;
    dropped.unshift(line);
    keep = start;
  }
  return keep === log.length ? undefined : { keep, dropped };
}

function covered(part: Part, parts: readonly Part[]): boolean {
  return parts.some(
    (other) =>
      other.partition === part.partition && other.first <= part.first && other.last >= part.last,
  );
}

/** The number in `deduplication_log_N.txt`; the highest is the newest. */
export function logNumber(file: string): number | undefined {
  const number = /^deduplication_log_(\d+)\.txt$/.exec(file)?.[1];
  return number === undefined ? undefined : Number(number);
}
