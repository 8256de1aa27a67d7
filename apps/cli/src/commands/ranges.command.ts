import type { Command } from 'commander';
import { connect, type Connections } from '../direct/connections.js';
import { topicNamed } from '../direct/topic-named.js';
import { say } from '../output/say.js';
import { wholeNumber } from '../parse.js';
import { abandon, adopt } from '../ranges/decisions.js';
import { cliSettings } from '../settings.js';

interface Options {
  readonly note: string;
  readonly force?: true;
  readonly data?: string;
}

/** `keywatch ranges abandon` and `keywatch topics adopt`: an operator answers for what is lost. ingest must be stopped. */
export function registerRanges(program: Command): void {
  program
    .command('ranges')
    .description('positions of the log that ingest has written')
    .command('abandon')
    .description(
      'give up a stretch of a partition that the log no longer has; what is lost is recorded',
    )
    .argument('<topic>', 'topic, with or without keywatch.', topicNamed)
    .argument('<partition>', 'partition', wholeNumber(0))
    .argument('<from>', 'first offset', wholeNumber(0))
    .argument('<to>', 'offset after the last', wholeNumber(0))
    .requiredOption('--note <why>', 'why, for those who ask later')
    .option('--data <dir>', 'data folder of the running stack')
    .action((name: string, partition: number, from: number, to: number, { note, data }: Options) =>
      decide(data, (parts) => abandon(parts, { topic: name, partition, from, to, note })),
    );
  program
    .command('topics')
    .description('topics that Keywatch reads')
    .command('adopt')
    .description(
      'take a topic as it is now, after it was created anew: ingest goes on at its beginning',
    )
    .argument('<topic>', 'topic, with or without keywatch.', topicNamed)
    .requiredOption('--note <why>', 'why, for those who ask later')
    .option('--force', 'also where what is stored fits the log')
    .option('--data <dir>', 'data folder of the running stack')
    .action((name: string, { note, force, data }: Options) =>
      decide(data, (parts) => adopt(parts, { topic: name, note, force: force === true })),
    );
}

async function decide(
  data: string | undefined,
  act: (connections: Connections) => Promise<string[]>,
): Promise<void> {
  const connections = await connect(cliSettings(), data);
  try {
    for (const line of await act(connections)) say(line);
  } finally {
    await connections.close();
  }
}
