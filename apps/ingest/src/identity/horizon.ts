import type { Horizon } from './identity-set.js';
import { BYTES_PER_MESSAGE } from './identity-ring.js';

const MB = 1024 * 1024;
const DAY_MS = 86_400_000;

/**
 * How far back duplicates are recognised in each partition of a topic, from the memory that its partitions share.
 * Rounded down to thousands: the number is part of the row version and read by people.
 * @param share part of the memory that is this topic's, 0 to 1
 */
export function horizonOf(
  memoryMb: number,
  share: number,
  partitions: number,
  days: number,
): Horizon {
  const messages = Math.floor((memoryMb * MB * share) / BYTES_PER_MESSAGE / partitions);
  return { messages: Math.max(1_000, messages - (messages % 1_000)), ms: days * DAY_MS };
}

/**
 * What the rows of a range depend on besides the log: the code's version and the horizon. A range announced under
 * another is never sent again as it is, but read back.
 */
export function rowVersionOf(codeVersion: number, { messages, ms }: Horizon): string {
  return `${codeVersion}/${messages}x${ms / DAY_MS}`;
}
