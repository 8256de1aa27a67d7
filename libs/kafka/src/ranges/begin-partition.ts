import { RangeFault } from './errors.js';
import type { OpenRange, PartitionState } from './partition-state.js';
import type { RangeObserver, StoredRanges } from './ports.js';
import { nameOf, type Range } from './range.js';
import { retryRead, type ReadRetry } from './retry-read.js';
import type { Run } from './run.js';
import { eaten } from './start-position.js';

export interface BeginOptions {
  readonly topic: string;
  readonly stored: StoredRanges;
  readonly rowVersion: string;
  readonly observer: RangeObserver;
  readonly retry?: ReadRetry;
}

export interface Begun {
  readonly state: PartitionState;
  /** All before `state.next` is written, and the group's position doesn't say so yet. */
  readonly isFoundOut: boolean;
}

/**
 * Reads where a partition begins in this generation.
 * @throws RangeFault where an operator must say what is right
 */
export async function beginPartition(
  partition: number,
  { epoch, beats }: Run,
  { topic, observer, stored, retry, rowVersion }: BeginOptions,
): Promise<Begun> {
  const { position, low } = await epoch.start(partition);
  if (position.kind === 'settled') {
    const { next, why } = position;
    observer.started?.(topic, partition, next, why ?? 'the position of the group');
    return { state: { kind: 'settled', next }, isFoundOut: why !== undefined };
  }
  const { from, announcement, gone } = position;
  const range: Range = { topic, partition, from, ...announcement };
  const open: OpenRange = {
    kind: 'open',
    range,
    origin: 'found',
    announced: true,
    mayBeWritten: true,
    collected: [],
  };
  if (!gone && announcement.rowVersion === rowVersion) {
    observer.started?.(topic, partition, from, `the range announced up to ${range.to}`);
    return { state: open, isFoundOut: false };
  }
  // Rows of another version under the old token could not be told from those already there: look instead.
  const found = await retryRead(() => stored.readBack(range), beats.signal, retry);
  observer.started?.(
    topic,
    partition,
    from,
    `the range announced up to ${range.to} by row version ${announcement.rowVersion} (now ${rowVersion}): in the store is ${found}`,
  );
  if (found === 'all') return { state: { kind: 'settled', next: range.to }, isFoundOut: true };
  if (gone) throw eaten({ topic, partition, announcement, low }, from);
  if (found === 'nothing') return { state: { ...open, mayBeWritten: false }, isFoundOut: false };
  throw new RangeFault(
    `The range ${nameOf(range)} was announced by row version ${announcement.rowVersion}, is stored in part, and this is row version ${rowVersion}. Start the earlier version (or settings) once so that it finishes the range; if that can't be, \`keywatch verify\` names the hours to rebuild, and \`keywatch ranges abandon ${topic} ${partition} ${from} ${range.to} --note WHY\` goes on behind it.`,
  );
}
