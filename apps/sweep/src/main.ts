import { NestFactory } from '@nestjs/core';
import { createClickHouse } from '@keywatch/clickhouse';
import { DEFAULT_POLICY, parseRulesFile, RULES, sweepPlans, SWEEPS } from '@keywatch/detection';
import { EventProducer, Kafka, type KafkaConfig } from '@keywatch/kafka';
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
import { sweepSettings } from './settings.js';
import { SweepModule } from './sweep.module.js';
import { SweepService } from './sweep.service.js';
import { Sweeper } from './sweeper.js';

const MINUTE_MS = 60_000;
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
    parse: (text, path) => parseRulesFile(text, [...RULES, ...SWEEPS], path),
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
  const sweeper = new Sweeper({
    sweeps: sweepPlans(SWEEPS, rulesFile.current),
    progress: new LogProgress(admin, clickhouse, new SystemClock()),
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
  rulesFile.follow((policy) => {
    sweeper.change(sweepPlans(SWEEPS, policy));
  });
  const schedule = {
    periodMs: settings.KEYWATCH_SWEEP_SECONDS * 1000,
    staleMs: latenessMs + STALE_MS,
    log,
  };
  const app = await NestFactory.createApplicationContext(SweepModule.for(sweeper, schedule), {
    logger: new NestLog(log),
  });
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
    await Promise.all([ops.close(), admin.disconnect(), producer.close(), clickhouse.close()]);
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stop().catch((error: unknown) => die('sweep', error, log));
    });
  }
});
