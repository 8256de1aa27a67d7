import type { ReplayPart } from '@keywatch/detection';
import { CONSUMER_GROUPS, TOPICS } from '@keywatch/events';
import type { Admin, PartitionReader } from '@keywatch/kafka';
import { CommandError } from '../command-error.js';

const DAY_MS = 86_400_000;
const SOURCE = TOPICS.keyEvents.name;

export interface ReplayTimes {
  /** Log times in ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** How much of the log before that gives rules their state, in ms. */
  readonly warmUpMs: number;
}

export interface ReplayPlan {
  readonly parts: readonly ReplayPart[];
  /**
   * Log time in ms from which something is missing before it: rules begin without what arrived earlier. undefined: all
   * that ever arrived is read.
   */
  readonly memoryFromMs: number | undefined;
  /** Whether that is because retention removed what was before. */
  readonly shortened: boolean;
  /** Next offset that detection has committed to read, by partition. */
  readonly detected: ReadonlyMap<number, number>;
  readonly hasStates: boolean;
}

/**
 * What of the log a replay reads. The warm-up begins with a UTC day, as the bound on newcomers counts by days.
 * @throws CommandError where the time asked for is before what the log still has
 */
export async function planReplay(
  admin: Pick<
    Admin,
    'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp' | 'fetchOffsets' | 'listTopics'
  >,
  reader: Pick<PartitionReader, 'first'>,
  { fromMs, toMs, warmUpMs }: ReplayTimes,
): Promise<ReplayPlan> {
  const topics = await admin.listTopics();
  if (!topics.includes(SOURCE)) throw new CommandError(`There is no topic ${SOURCE} to replay.`);
  const warmMs = Math.max(0, Math.floor((fromMs - warmUpMs) / DAY_MS) * DAY_MS);
  const bounds = await admin.fetchTopicOffsets(SOURCE);
  const [starts, ends] = [await offsetsAt(admin, warmMs), await offsetsAt(admin, toMs)];
  const parts: ReplayPart[] = [];
  let memoryFromMs: number | undefined;
  let oldestMs = -Infinity;
  for (const { partition, low, high } of bounds.sort((a, b) => a.partition - b.partition)) {
    const [first, next] = [Number(low), Number(high)];
    const from = Math.max(first, starts.get(partition) ?? next);
    const to = Math.max(from, Math.min(next, ends.get(partition) ?? next));
    parts.push({ partition, from, to });
    if (from > 0) memoryFromMs = Math.max(memoryFromMs ?? 0, warmMs);
    // Retention has removed nothing yet.
    if (first === 0) continue;
    const left = await reader.first(SOURCE, partition, first);
    if (left !== undefined) oldestMs = Math.max(oldestMs, Number(left.timestamp));
  }
  if (oldestMs > fromMs) throw tooOld(fromMs, oldestMs);
  const shortened = oldestMs > warmMs;
  return {
    parts,
    memoryFromMs: shortened ? oldestMs : memoryFromMs,
    shortened,
    detected: await positions(admin),
    hasStates: topics.includes(TOPICS.detectionState.name),
  };
}

async function offsetsAt(
  admin: Pick<Admin, 'fetchTopicOffsetsByTimestamp'>,
  timeMs: number,
): Promise<Map<number, number>> {
  const found = await admin.fetchTopicOffsetsByTimestamp(SOURCE, timeMs);
  return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
}

async function positions(admin: Pick<Admin, 'fetchOffsets'>): Promise<Map<number, number>> {
  const [own] = await admin.fetchOffsets({ groupId: CONSUMER_GROUPS.detect, topics: [SOURCE] });
  return new Map(own?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
}

function tooOld(fromMs: number, oldestMs: number): CommandError {
  const possible = new Date(oldestMs).toISOString();
  return new CommandError(
    `The log doesn't go back to ${new Date(fromMs).toISOString()}: retention has removed what arrived then. ` +
      `The earliest time that can be replayed whole is --from ${possible}. Older events are in ClickHouse: \`keywatch rules backtest\` reads them.`,
  );
}
