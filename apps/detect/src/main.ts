import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  DEFAULT_POLICY,
  parseRulesFile,
  SETTABLE,
  type DetectionPolicy,
} from '@keywatch/detection';
import { logLevel } from '@keywatch/kafka';
import {
  createLog,
  createRegistry,
  die,
  exitWhenOrphaned,
  isTestRun,
  KillSwitch,
  KAFKA_SETTINGS,
  kafkaConnection,
  kafkajsLogCreator,
  NestLog,
  OpsServer,
  readSettings,
  RULES_FILE_SETTINGS,
  RulesFile,
  runApp,
  SystemClock,
} from '@keywatch/platform';
import { connect } from './app/connections.js';
import { DetectLifecycle } from './app/detect-lifecycle.js';
import { DetectMetrics } from './app/detect-metrics.js';
import { DetectModule } from './app/detect.module.js';
import { Detector } from './fold/detector.js';
import { effectiveSettings, type GivenSettings } from './fold/effective-settings.js';

const APP = 'detect';
/** Milliseconds after which a stop that hangs is forced. */
const FORCED_STOP_MS = 20_000;

async function start(): Promise<void> {
  const settings = readSettings([
    ...KAFKA_SETTINGS,
    'KEYWATCH_LOG_LEVEL',
    'KEYWATCH_LOG_FORMAT',
    'KEYWATCH_HTTP_HOST',
    'KEYWATCH_DETECT_PORT',
    'KEYWATCH_DETECT_LATENESS_MINUTES',
    'KEYWATCH_DETECT_CHECKPOINT_MS',
    ...RULES_FILE_SETTINGS,
    'KEYWATCH_DETECT_UNKNOWN_KEYS',
    'KEYWATCH_DETECT_HOT_KEYS',
    'KEYWATCH_DETECT_SESSION_MS',
    'KEYWATCH_TEST_KILL_AT',
  ]);
  exitWhenOrphaned();
  const log = createLog({
    app: APP,
    level: settings.KEYWATCH_LOG_LEVEL,
    format: settings.KEYWATCH_LOG_FORMAT,
  });
  const onFatal = (error: Error): void => {
    die(APP, error, log);
  };
  const clock = new SystemClock();
  const registry = createRegistry(APP);
  const rulesFile = await RulesFile.open({
    settings,
    parse: (text, path) => parseRulesFile(text, SETTABLE, path),
    fallback: DEFAULT_POLICY,
    log,
    registry,
  });
  const killSwitch = new KillSwitch(isTestRun() ? settings.KEYWATCH_TEST_KILL_AT : undefined);
  const connections = await connect({
    client: {
      ...kafkaConnection(settings, `keywatch-${APP}`),
      logLevel: logLevel.INFO,
      logCreator: kafkajsLogCreator(log),
    },
    replicationFactor: settings.KEYWATCH_KAFKA_REPLICATION,
    sessionMs: settings.KEYWATCH_DETECT_SESSION_MS,
    onFatal,
  });
  const settingsWith = (policy: DetectionPolicy): GivenSettings => ({
    policy,
    latenessMs: settings.KEYWATCH_DETECT_LATENESS_MINUTES * 60_000,
    unknownKeys: settings.KEYWATCH_DETECT_UNKNOWN_KEYS,
  });
  const observer = new DetectMetrics(registry, log, killSwitch, () => clock.now());
  const module = DetectModule.forRoot({
    ...connections,
    settings: settingsWith(rulesFile.current),
    checkpointMs: settings.KEYWATCH_DETECT_CHECKPOINT_MS,
    hotKeys: settings.KEYWATCH_DETECT_HOT_KEYS,
    observer,
    probe: observer.probe(),
    clock,
    resources: connections,
    onFatal,
  });
  const app = await NestFactory.createMicroservice(module, {
    strategy: connections.server,
    logger: new NestLog(log),
    abortOnError: false,
  });
  const lifecycle = app.get(DetectLifecycle);
  const ops = new OpsServer({
    host: settings.KEYWATCH_HTTP_HOST,
    port: settings.KEYWATCH_DETECT_PORT,
    registry,
    readiness: () => lifecycle.problems,
  });
  const port = await ops.listen();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(1), FORCED_STOP_MS).unref();
    });
  }
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  await app.listen();
  const detector = app.get<Detector<unknown>>(Detector);
  rulesFile.follow((policy) => detector.change(effectiveSettings(settingsWith(policy))));
  log.info({ port }, 'Detection runs');
}

runApp(APP, start);
