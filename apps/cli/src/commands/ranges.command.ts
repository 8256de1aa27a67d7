import { InvalidArgumentError, type Command } from 'commander';
import { recordRangeDecision, storedPositions } from '@keywatch/clickhouse';
import { CONSUMER_GROUPS } from '@keywatch/events';
import { CommandError } from '../command-error.js';
import { connect, type Connections } from '../direct/connections.js';
import { logPartitions, STORED_TOPICS } from '../direct/log-partitions.js';
import { say } from '../output/say.js';
import { cliSettings } from '../settings.js';

const whole = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};
const topic = (text: string): string => {
  if (STORED_TOPICS.some((name) => name === text)) return text;
  throw new InvalidArgumentError(`There are ${STORED_TOPICS.join(', ')}.`);
};

/** `keywatch ranges abandon` and `keywatch topics adopt`: an operator answers for what is lost. ingest must be stopped. */
export function registerRanges(program: Command): void {
  program
    .command('ranges')
    .description('positions of the log that ingest has written')
    .command('abandon')
    .description(
      'give up a stretch of a partition that the log no longer has; what is lost is recorded',
    )
    .argument('<topic>', 'topic', topic)
    .argument('<partition>', 'partition', whole)
    .argument('<from>', 'first offset', whole)
    .argument('<to>', 'offset after the last', whole)
    .requiredOption('--note <why>', 'why, for those who ask later')
    .option('--data <dir>', 'data folder of the running stack')
    .action(
      async (
        name: string,
        partition: number,
        from: number,
        to: number,
        options: { note: string; data?: string },
      ) => {
        await decide(options.data, async (connections) => {
          await abandon(connections, { topic: name, partition, from, to, note: options.note });
          say(
            `Recorded: offsets ${from} to ${to - 1} of ${name}, partition ${partition}, are given up. Ingest goes on at ${to}.`,
          );
        });
      },
    );
  program
    .command('topics')
    .description('topics that Keywatch reads')
    .command('adopt')
    .description(
      'take a topic as it is now, after it was created anew: ingest goes on at its beginning',
    )
    .argument('<topic>', 'topic', topic)
    .requiredOption('--note <why>', 'why, for those who ask later')
    .option('--data <dir>', 'data folder of the running stack')
    .action(async (name: string, options: { note: string; data?: string }) => {
      await decide(options.data, async (connections) => {
        for (const line of await adopt(connections, name, options.note)) say(line);
      });
    });
}

interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly note: string;
}

async function decide(
  data: string | undefined,
  act: (connections: Connections) => Promise<void>,
): Promise<void> {
  const connections = await connect(cliSettings(), data);
  try {
    await act(connections);
  } finally {
    await connections.close();
  }
}

async function abandon({ admin, clickhouse }: Connections, stretch: Stretch): Promise<void> {
  if (stretch.to <= stretch.from) throw new CommandError('<to> must lie beyond <from>.');
  await recordRangeDecision(clickhouse, { ...stretch, kind: 'abandoned', atMs: Date.now() });
  await setOffset(admin, stretch.topic, stretch.partition, stretch.to);
}

async function adopt(
  { admin, clickhouse }: Connections,
  name: string,
  note: string,
): Promise<string[]> {
  const stored = await storedPositions(clickhouse, name);
  const lines: string[] = [];
  for (const { topic: of, partition, start } of await logPartitions(admin)) {
    if (of !== name) continue;
    const before = stored.find((position) => position.partition === partition);
    const to = before?.to ?? 0;
    await recordRangeDecision(clickhouse, {
      topic: name,
      partition,
      from: start,
      to: start,
      kind: 'adopted',
      note,
      // Right behind the log that was: all that arrives in the new one arrived later.
      atMs: (before?.lastLogTimeMs ?? 0) + 1,
    });
    await setOffset(admin, name, partition, start);
    lines.push(`Partition ${partition}: goes on at ${start} (was stored up to ${to}).`);
  }
  return lines;
}

/** @throws CommandError while the group has members: they would overwrite it. */
async function setOffset(
  admin: Connections['admin'],
  name: string,
  partition: number,
  offset: number,
): Promise<void> {
  try {
    await admin.setOffsets({
      groupId: CONSUMER_GROUPS.ingest,
      topic: name,
      partitions: [{ partition, offset: String(offset) }],
    });
  } catch (error) {
    throw new CommandError(
      `The position can't be set: ${(error as Error).message}. Stop ingest first, and leave broker and ClickHouse running.`,
    );
  }
}
