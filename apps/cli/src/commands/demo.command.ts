import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { cloudTrailSource } from '@keywatch/sources';
import { CommandError } from '../command-error.js';
import { demoTraffic } from '../demo/play.js';
import { LATENESS_MINUTES, Player, TRICKLE_PER_SECOND } from '../demo/player.js';
import { Progress } from '../demo/progress.js';
import { render } from '../demo/render.js';
import { untilInterrupted } from '../interrupt.js';
import { say } from '../output/say.js';
import { cliSettings } from '../settings.js';
import { startStack, type Stack } from '../stack/start-stack.js';
import { addressLines } from './up.command.js';

interface DemoOptions {
  readonly once?: true;
  readonly json?: true;
  readonly source?: string;
  readonly events: number;
  readonly seed: number;
}

const whole = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text))
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return Number(text);
};
const sourceName = (text: string): string => {
  if (text !== cloudTrailSource.name)
    throw new InvalidArgumentError(`There is ${cloudTrailSource.name}.`);
  return text;
};

/** `npm run demo`: everything for real, in a folder of its own. */
export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'start everything in a folder of its own, play traffic into Kafka, show what comes out',
    )
    .argument('[file...]', 'with --source: files to play instead of generated traffic')
    .option('--source <name>', 'play real files: cloudtrail', sourceName)
    .option('--events <n>', 'requests to generate, about', whole, 200_000)
    .option('--seed <n>', 'the same seed, the same traffic', whole, 1)
    .option('--once', 'end when all is in and reported')
    .option('--json', 'print one JSON document instead, and end')
    .action(async (files: string[], options: DemoOptions) => {
      if ((options.source === undefined) !== (files.length === 0)) {
        throw new CommandError(
          '--source and files go together: keywatch demo --source cloudtrail FILE...',
        );
      }
      await demo(files, options);
    });
}

async function demo(files: readonly string[], options: DemoOptions): Promise<void> {
  const settings = cliSettings();
  const interrupted = untilInterrupted();
  const progress = new Progress(process.stderr, options.json === true);
  const dataDir = await mkdtemp(join(tmpdir(), 'keywatch-demo-'));
  const logFile = join(dataDir, 'demo.log');
  const log = createWriteStream(logFile);
  const player = new Player(
    settings,
    files,
    demoTraffic(options.events, options.seed, Date.now()),
    progress,
    interrupted.signal,
  );
  let stack: Stack | undefined;
  let failed = false;
  try {
    stack = await startStack({
      settings,
      dataDir,
      apiPort: 0,
      log: (line) => log.write(`${line}\n`),
      colours: false,
      onChange: (state) => {
        progress.process(state);
      },
      apps: {
        KEYWATCH_SWEEP_SECONDS: '2',
        KEYWATCH_DETECT_LATENESS_MINUTES: String(LATENESS_MINUTES),
        KEYWATCH_LOG_LEVEL: 'warn',
      },
      signal: interrupted.signal,
      beforeSweep: (reachable) => player.play(reachable),
    });
    const summary = await player.reported(stack);
    say(options.json === true ? JSON.stringify(summary) : render(summary));
    if (options.once !== true && options.json !== true) {
      say(addressLines(stack).join('\n'));
      say(nextLines(dataDir, files.length === 0).join('\n'));
      await player.goOn(stack, interrupted.promise);
    }
  } catch (error) {
    if (!interrupted.signal.aborted) {
      failed = true;
      throw new CommandError(
        `${(error as Error).message}\nThe log of the parts is kept in ${logFile}`,
      );
    }
  } finally {
    await stack?.stop();
    await new Promise((resolve) => log.end(resolve));
    if (!failed) await rm(dataDir, { recursive: true, force: true });
  }
}

function nextLines(dataDir: string, trickles: boolean): string[] {
  return [
    ...(trickles ? [`Traffic goes on at ${TRICKLE_PER_SECOND} events/s.`] : []),
    'Where to look next, from another terminal:',
    `  npx keywatch report usage --data ${dataDir}`,
    `  npx keywatch report rotation-age --format csv --data ${dataDir}`,
    `  npx keywatch alerts --severity high --data ${dataDir}`,
    `  npx keywatch verify --data ${dataDir}`,
    '',
  ];
}
