import type { TopicCompleteness } from '../api/api-client.js';

/** Per partition the offset up to which everything must be in. */
export type Targets = ReadonlyMap<number, number>;

interface Reached {
  readonly partition: number;
  readonly position: number | null;
}

/** The ends of a topic's log as of an answer; undefined where it does not know them. */
export function targetsOf({ partitions }: TopicCompleteness): Targets | undefined {
  if (partitions.length === 0) return undefined;
  return new Map(partitions.map(({ partition, end }) => [partition, end]));
}

/** Whether those partitions are stored: one that lags by nothing is, also where retention has emptied it unread. */
export function stored(targets: Targets, { partitions }: TopicCompleteness): boolean {
  return reached(
    targets,
    partitions.map(({ partition, position, end, lag }) => ({
      partition,
      position: lag === 0 ? end : position,
    })),
  );
}

/** A partition that isn't among the positions is not there yet. */
export function reached(targets: Targets, positions: readonly Reached[]): boolean {
  const known = new Map(positions.map(({ partition, position }) => [partition, position]));
  return [...targets].every(([partition, end]) => (known.get(partition) ?? -1) >= end);
}
