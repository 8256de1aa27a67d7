import { NestFactory } from '@nestjs/core';
import { createClickHouse } from '@keywatch/clickhouse';
import {
  checkedPolicy,
  DEFAULT_POLICY,
  parseRulesFile,
  PIPELINE_CHECKS,
  policyFor,
  SETTABLE,
  sweepPlans,
  SWEEPS,
  type DetectionPolicy,
} from '@keywatch/detection';
import { EventProducer, Kafka, PartitionReader, type KafkaConfig } from '@keywatch/kafka';
import {
  clickhouseConnection,
  createLog,
  createRegistry,
  die,
  exitWhenOrphaned,
  kafkaConnection,
  kafkajsLogCreator,
  NestLog,
  OpsServer,
  RulesFile,
  runApp,
  SystemClock,
} from '@keywatch/platform';
import { ClickHouseHistory, ClickHouseRounds, KafkaAlertTopic, LogProgress } from './adapters.js';
import { SweepMetrics } from './metrics.js';
import { KafkaAlertLog, ServerFacts } from './pipeline/adapters.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { pipelinePlan, PipelineWatch, type PipelinePlan } from './pipeline/pipeline-watch.js';
import { sweepSettings } from './settings.js';
import { SweepModule } from './sweep.module.js';
import { SweepService } from './sweep.service.js';
import { Sweeper } from './sweeper.js';

const MINUTE_MS = 60_000;
/** Looks at the pipeline from one look at what is stored to the next. */
const STORED_LOOKS = 12;
/** Beyond the lateness, sweeps that look back further than this are blind to what happens now. */
const STALE_MS = 15 * MINUTE_MS;

runApp('sweep', async () => {
  const settings = sweepSettings();
  const log = createLog({
    app: 'sweep',
    level: settings.KEYWATCH_LOG_LEVEL,
    format: settings.KEYWATCH_LOG_FORMAT,
  });
  exitWhenOrphaned();
  const registry = createRegistry('sweep');
  const rulesFile = await RulesFile.open({
    settings,
    parse: (text, path) => parseRulesFile(text, SETTABLE, path),
    fallback: DEFAULT_POLICY,
    log,
    registry,
  });
  const kafka: KafkaConfig = {
    ...kafkaConnection(settings, 'keywatch-sweep'),
    logCreator: kafkajsLogCreator(log),
  };
  const clickhouse = createClickHouse({
    ...clickhouseConnection(settings),
    application: 'keywatch-sweep',
  });
  const admin = new Kafka(kafka).admin();
  const producer = new EventProducer(kafka);
  await Promise.all([admin.connect(), producer.connect()]);

  const metrics = new SweepMetrics(registry);
  const latenessMs = settings.KEYWATCH_DETECT_LATENESS_MINUTES * MINUTE_MS;
  const progress = new LogProgress(admin, clickhouse, new SystemClock());
  const sweeper = new Sweeper({
    sweeps: sweepPlans(SWEEPS, rulesFile.current),
    progress,
    history: new ClickHouseHistory(clickhouse),
    topic: new KafkaAlertTopic(producer),
    rounds: new ClickHouseRounds(clickhouse, new SystemClock()),
    latenessMs,
    log,
    onSwept: (sweep, asOfMs, alerts, seconds) => {
      metrics.swept(sweep, asOfMs, alerts, seconds);
      if (alerts.length > 0) log.info({ sweep, alerts: alerts.length }, 'sweep raised alerts');
    },
  });
  const reader = new PartitionReader(kafka);
  const watch = new PipelineWatch({
    plan: planOf(rulesFile.current),
    facts: new ServerFacts(admin, reader, clickhouse, progress),
    log: new KafkaAlertLog(admin, reader, producer),
    clock: new SystemClock(),
    latenessMs,
    storedEveryMs: STORED_LOOKS * settings.KEYWATCH_PIPELINE_LOOK_MS,
    onTold: (alerts) => {
      metrics.told(alerts);
      for (const { alert } of alerts) log.warn({ subject: alert.keyId }, alert.sentence);
    },
  });
  rulesFile.follow((policy) => {
    sweeper.change(sweepPlans(SWEEPS, policy));
    watch.change(planOf(policy));
  });
  const schedule = {
    periodMs: settings.KEYWATCH_SWEEP_SECONDS * 1000,
    staleMs: latenessMs + STALE_MS,
    log,
  };
  const pipeline = { periodMs: settings.KEYWATCH_PIPELINE_LOOK_MS, log };
  const app = await NestFactory.createApplicationContext(
    SweepModule.for(sweeper, schedule, PipelineModule.for(watch, pipeline)),
    {
      logger: new NestLog(log),
    },
  );
  const service = app.get(SweepService);
  const ops = new OpsServer({
    host: settings.KEYWATCH_HTTP_HOST,
    port: settings.KEYWATCH_SWEEP_PORT,
    registry,
    readiness: () => service.reasons(),
  });
  const port = await ops.listen();
  log.info({ port, sweeps: SWEEPS.map(({ id }) => id) }, 'sweep is up');

  const stop = async (): Promise<void> => {
    await app.close();
    await Promise.all([
      ops.close(),
      admin.disconnect(),
      reader.close(),
      producer.close(),
      clickhouse.close(),
    ]);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop().catch((error: unknown) => die('sweep', error, log));
    });
  }
});

/** What holds for the check of the pipeline, for all tenants. */
function planOf(policy: DetectionPolicy): PipelinePlan {
  const { rules, exceptions } = policyFor(PIPELINE_CHECKS, policy);
  return pipelinePlan(checkedPolicy(PIPELINE_CHECKS, { rules }).base[0], exceptions);
}
