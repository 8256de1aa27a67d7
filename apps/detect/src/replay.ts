import type { ReplayJob, ReplayLine } from '@keywatch/detection';
import { EventProducer, KafkaChangelogLog, logLevel, PartitionReader } from '@keywatch/kafka';
import { KAFKA_SETTINGS, kafkaConnection, readSettings, runApp } from '@keywatch/platform';
import { effectiveSettings, engineFor } from './fold/effective-settings.js';
import { DETECT_TOPICS } from './kafka/prepare-topics.js';
import { replayPart } from './replay/replay-part.js';
import { firstLine, jsonLines } from './replay/standard-streams.js';

/**
 * Folds a stretch of the log once more, beside the detection that runs: without its group, its state or its topic of
 * alerts. `keywatch detect` starts it: a {@link ReplayJob} comes in on standard input, {@link ReplayLine}s go out.
 */
const APP = 'detect-replay';

async function start(): Promise<void> {
  const settings = readSettings([
    ...KAFKA_SETTINGS,
    'KEYWATCH_DETECT_LATENESS_MINUTES',
    'KEYWATCH_DETECT_UNKNOWN_KEYS',
    'KEYWATCH_DETECT_HOT_KEYS',
  ]);
  const say: (line: ReplayLine) => Promise<void> = jsonLines(process.stdout);
  // Without whoever asked there is nobody to tell.
  const job = JSON.parse(await firstLine(process.stdin, () => process.exit(1))) as ReplayJob;
  const client = {
    ...kafkaConnection(
      { ...settings, KEYWATCH_KAFKA_BROKERS: [...job.brokers] },
      `keywatch-${APP}`,
    ),
    logLevel: logLevel.NOTHING,
  };
  const reader = new PartitionReader(client);
  // Never connected: nothing is written.
  const states = new KafkaChangelogLog(DETECT_TOPICS.state, reader, new EventProducer(client));
  const { fromMs, toMs, hasStates, policy } = job;
  const given = effectiveSettings({
    policy,
    latenessMs: settings.KEYWATCH_DETECT_LATENESS_MINUTES * 60_000,
    unknownKeys: settings.KEYWATCH_DETECT_UNKNOWN_KEYS,
  });
  try {
    // One after another: the states of one partition at a time are in memory.
    for (const part of job.parts) {
      await replayPart(part, {
        topic: DETECT_TOPICS.source,
        fromMs,
        toMs,
        source: reader,
        states: hasStates ? states : undefined,
        settings: given,
        createEngine: engineFor,
        hotKeys: settings.KEYWATCH_DETECT_HOT_KEYS,
        say,
      });
    }
    await say({ kind: 'end' });
  } finally {
    await reader.close();
  }
  process.stdin.destroy();
}

runApp(APP, start);
