import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { KafkaConfig } from '@keywatch/kafka';
import { logLevel } from '@keywatch/kafka';
import { kafkaConnection } from '@keywatch/platform';
import { cloudTrailSource } from '@keywatch/sources';
import { ApiClient } from '../api/api-client.js';
import { CommandError } from '../command-error.js';
import { demoTraffic, playTraffic, trickle } from '../demo/play.js';
import { Progress } from '../demo/progress.js';
import { render } from '../demo/render.js';
import { summaryOf, type DemoSummary } from '../demo/summary.js';
import { untilSwept } from '../demo/until-swept.js';
import { untilIn } from '../import/until-in.js';
import { untilInterrupted } from '../interrupt.js';
import { say, tell } from '../output/say.js';
import { cliSettings, type CliSettings } from '../settings.js';
import { startStack, type Stack } from '../stack/start-stack.js';
import { importFiles } from './import.command.js';
import { addressLines } from './up.command.js';

interface DemoOptions {
  readonly once?: true;
  readonly json?: true;
  readonly source?: string;
  readonly events: number;
  readonly seed: number;
}

const TRICKLE_PER_SECOND = 20;
const LATENESS_MINUTES = 15;

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
  let stack: Stack | undefined;
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
    });
    const history = demoTraffic(options.events, options.seed, Date.now());
    const summary = await play(stack, settings, files, history, progress, interrupted.signal);
    if (options.json === true) say(JSON.stringify(summary));
    else say(render(summary));
    if (options.once !== true && options.json !== true) {
      say(addressLines(stack).join('\n'));
      say(
        `Traffic goes on at ${TRICKLE_PER_SECOND} events/s. Where to look next, from another terminal:`,
      );
      say(nextLines(dataDir).join('\n'));
      const kafka = kafkaOf(stack, settings);
      if (files.length === 0) await trickle(kafka, history, TRICKLE_PER_SECOND, interrupted.signal);
      else await interrupted.promise;
    }
  } catch (error) {
    if (!interrupted.signal.aborted) tell(`The log of the parts is kept in ${logFile}`);
    if (!interrupted.signal.aborted) throw error;
  } finally {
    await stack?.stop();
    await new Promise((resolve) => log.end(resolve));
    if (stack !== undefined || interrupted.signal.aborted)
      await rm(dataDir, { recursive: true, force: true });
  }
}

async function play(
  stack: Stack,
  settings: CliSettings,
  files: readonly string[],
  history: ReturnType<typeof demoTraffic>,
  progress: Progress,
  signal: AbortSignal,
): Promise<DemoSummary> {
  const api = new ApiClient(stack.api, settings.KEYWATCH_API_TOKEN);
  const started = performance.now();
  let produced: number;
  if (files.length === 0) {
    const played = await playTraffic(kafkaOf(stack, settings), history, signal, (n) => {
      progress.now(`${n.toLocaleString('en-US')} events played…`);
    });
    produced = played.produced;
    progress.done(
      `${produced.toLocaleString('en-US')} events played into Kafka in ${played.seconds.toFixed(1)} s`,
    );
  } else {
    const counted = await importFiles(
      api,
      cloudTrailSource,
      files,
      { lane: 'demo-cloudtrail' },
      signal,
    );
    produced = counted.published;
    progress.done(
      `${counted.read} records read, ${produced} events published, ${counted.rejected} rejected`,
    );
  }
  const { keyEvents } = await untilIn(api, signal, (line) => {
    progress.now(line);
  });
  progress.done('all of it is stored and looked at');
  const inAt = Date.parse(keyEvents.completeUpTo ?? '');
  await untilSwept(
    `http://127.0.0.1:${stack.ports.sweep}/metrics`,
    inAt,
    LATENESS_MINUTES * 60_000,
    signal,
  );
  await untilIn(api, signal, () => undefined);
  progress.done('sweeps have looked at all of it, alerts are stored');
  return summaryOf(api, produced, (performance.now() - started) / 1000);
}

function kafkaOf(stack: Stack, settings: CliSettings): KafkaConfig {
  const connection = kafkaConnection(
    { ...settings, KEYWATCH_KAFKA_BROKERS: [...stack.kafka.brokers] },
    'keywatch-demo',
  );
  return { ...connection, logLevel: logLevel.NOTHING };
}

function nextLines(dataDir: string): string[] {
  return [
    `  npx keywatch report usage --data ${dataDir}`,
    `  npx keywatch report rotation-age --format csv --data ${dataDir}`,
    `  npx keywatch alerts --severity high --data ${dataDir}`,
    `  npx keywatch verify --data ${dataDir}`,
    '',
  ];
}
