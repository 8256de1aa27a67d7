import { recordRangeDecision } from '@keywatch/clickhouse';
import { offsetsInWords } from '@keywatch/events';
import { CommandError } from '../command-error.js';
import type { Connections } from '../direct/connections.js';
import { count } from '../output/completeness.js';
import { factsOf, isGivenUp } from './facts.js';
import { goOnAt, mustBeStopped } from './ingest-group.js';
import { readableIn, signsOfNewLog, type Stretch } from './plan.js';

type Parts = Pick<Connections, 'admin' | 'clickhouse'>;

export interface Abandoning extends Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly note: string;
}

/**
 * Records that a stretch of a partition is given up, and lets ingest go on behind it.
 * @returns what was done and what is lost, in words
 * @throws CommandError before anything is changed, where the stretch doesn't fit or ingest runs
 */
export async function abandon(parts: Parts, asked: Abandoning): Promise<string[]> {
  const { topic, partition, from, to, note } = asked;
  await mustBeStopped(parts.admin);
  const facts = (await factsOf(parts, topic)).find((entry) => entry.partition === partition);
  if (facts === undefined) throw new CommandError(`${topic} has no partition ${partition}.`);
  const readable = (await isGivenUp(parts.clickhouse, asked)) ? 0 : readableIn(facts, { from, to });
  // The same decision twice is stored once.
  await recordRangeDecision(parts.clickhouse, {
    topic,
    partition,
    from,
    to,
    kind: 'abandoned',
    note: dated(note),
    // Arrival times alone say what is complete and which log a range is of; ours would claim what came meanwhile.
    atMs: facts.lastLogTimeMs,
  });
  const lost = [
    `${topic}/${partition}: ${count(to - from, 'offset')} given up: ${offsetsInWords(from, to)}. What stood there is lost to this database.`,
    ...(readable > 0
      ? [`The log still has ${count(readable, 'of them', 'of them')}; they are left out, too.`]
      : []),
    'Reports say from now on that messages are missing.',
  ];
  const after = (await factsOf(parts, topic)).find((entry) => entry.partition === partition);
  const stored = after?.stored;
  if (stored?.gapTo !== undefined) {
    return [...lost, `There is another gap, from ${stored.contiguousTo} to ${stored.gapTo}.`];
  }
  const next = stored?.to ?? to;
  await goOnAt(parts.admin, topic, [{ partition, offset: next }]);
  return [...lost, `Ingest goes on at ${next}.`];
}

const dated = (note: string): string => `${note} (decided ${new Date().toISOString()})`;

export interface Adopting {
  readonly topic: string;
  readonly note: string;
  /** Also where positions and log fit: the topic was created anew and has grown beyond what is stored. */
  readonly force: boolean;
}

/**
 * Takes a log as it is now: what is stored of the one before stays, and ingest reads this one from its beginning.
 * @returns what was done, in words
 * @throws CommandError before anything is changed, where nothing says that the log is a new one, or ingest runs
 */
export async function adopt(parts: Parts, { topic, note, force }: Adopting): Promise<string[]> {
  await mustBeStopped(parts.admin);
  const partitions = await factsOf(parts, topic);
  if (signsOfNewLog(partitions).length === 0 && !force) {
    throw new CommandError(
      `What is stored of ${topic} fits its log. To read it from its beginning would store it twice. If the topic was created anew all the same, and has grown since, say --force.`,
    );
  }
  for (const { partition, start, lastLogTimeMs } of partitions) {
    await recordRangeDecision(parts.clickhouse, {
      topic,
      partition,
      from: start,
      to: start,
      kind: 'adopted',
      note: dated(note),
      // Right behind the log that was: all that arrives in the new one arrived later.
      atMs: lastLogTimeMs + 1,
    });
  }
  const offsets = partitions.map(({ partition, start }) => ({ partition, offset: start }));
  await goOnAt(parts.admin, topic, offsets);
  return [
    ...partitions.map(
      ({ partition, start, end, stored }) =>
        `${topic}/${partition}: goes on at ${start} of ${end}${stored === undefined ? '' : `; what was stored up to ${stored.to} stays`}.`,
    ),
    'What the log before had and was never stored is lost.',
  ];
}
