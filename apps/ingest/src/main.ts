import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { migrate, pendingMigrations } from '@keywatch/clickhouse';
import { BuildQueue, ByteBudget, Gate, logLevel } from '@keywatch/kafka';
import {
  clickhouseConnection,
  createLog,
  createRegistry,
  die,
  exitWhenOrphaned,
  isTestRun,
  KillSwitch,
  kafkaConnection,
  kafkajsLogCreator,
  NestLog,
  OpsServer,
  runApp,
  SystemClock,
} from '@keywatch/platform';
import { IngestModule } from './app/ingest.module.js';
import { makeRanges } from './app/make-ranges.js';
import {
  migrateIfSettled,
  migrateWhenSettled,
  type MigrationSteps,
} from './app/migrations-gate.js';
import { IngestFoundation } from './app/open-foundation.js';
import { ingestSettings } from './app/settings.js';
import { FLOOD_LIMITS } from './flood/flood-guard.js';
import { IngestMetrics } from './observe/ingest-metrics.js';
import { IngestObserver } from './observe/ingest-observer.js';
import { IngestStatus } from './observe/ingest-status.js';

const APP = 'ingest';
const MB = 1024 * 1024;
/** Milliseconds after which a stop that hangs is forced. Ranges in flight get 8 s of it, leaving the group the rest. */
const FORCED_STOP_MS = 20_000;
/** Milliseconds for leaving the group before an end with a message. */
const LEAVE_MS = 3_000;

async function start(): Promise<void> {
  const settings = ingestSettings();
  exitWhenOrphaned();
  const log = createLog({
    app: APP,
    level: settings.KEYWATCH_LOG_LEVEL,
    format: settings.KEYWATCH_LOG_FORMAT,
  });
  const onFatal = (error: Error): void => {
    die(APP, error, log);
  };
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      stopping.abort(new Error(`Stopped by ${signal}.`));
      setTimeout(() => process.exit(1), FORCED_STOP_MS).unref();
    });
  }

  const status = new IngestStatus();
  const registry = createRegistry(APP);
  const budget = new ByteBudget(settings.KEYWATCH_INGEST_INFLIGHT_MB * MB);
  const observer = new IngestObserver(
    log,
    new IngestMetrics(registry, () => budget.used),
    status,
    new KillSwitch(isTestRun() ? settings.KEYWATCH_TEST_KILL_AT : undefined),
    new SystemClock(),
  );
  const ops = new OpsServer({
    host: settings.KEYWATCH_HTTP_HOST,
    port: settings.KEYWATCH_INGEST_PORT,
    registry,
    readiness: () => status.problems,
  });
  const port = await ops.listen();

  const connection = clickhouseConnection(settings);
  const foundation = await IngestFoundation.open({
    client: {
      ...kafkaConnection(settings, `keywatch-${APP}`),
      logLevel: logLevel.INFO,
      logCreator: kafkajsLogCreator(log),
    },
    clickhouse: connection,
    replicationFactor: settings.KEYWATCH_KAFKA_REPLICATION,
    sessionMs: settings.KEYWATCH_INGEST_SESSION_MS,
    inflightBytes: budget.capacity,
    onFatal,
  });
  const { clickhouse, server } = foundation;
  const gate = new Gate(false);
  const ranges = makeRanges({
    foundation,
    observer,
    gate,
    budget,
    builds: new BuildQueue(),
    identityMb: settings.KEYWATCH_INGEST_IDENTITY_MB,
    horizonDays: settings.KEYWATCH_INGEST_HORIZON_DAYS,
    flood:
      settings.KEYWATCH_INGEST_FLOOD === 'off'
        ? undefined
        : {
            ...FLOOD_LIMITS,
            share: settings.KEYWATCH_INGEST_FLOOD_PERCENT / 100,
            inARow: settings.KEYWATCH_INGEST_FLOOD_RUN,
          },
    onFault: (error) => {
      // Leaving the group first: a dead member would keep an operator from setting its position.
      const left = server.close().catch(() => undefined);
      void Promise.race([left, sleep(LEAVE_MS)]).then(() => {
        onFatal(error);
      });
    },
  });

  const app = await NestFactory.createMicroservice(
    IngestModule.of({ ranges, status, foundation }),
    { strategy: server, logger: new NestLog(log), abortOnError: false },
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });

  const steps: MigrationSteps = {
    log,
    pending: () => pendingMigrations(clickhouse),
    openRanges: () => ranges.open(stopping.signal),
    migrate: async () => {
      const { target, applied, roles } = await migrate(clickhouse, {
        target: connection.target,
        onApply: (name) => {
          log.info({ migration: name }, 'Migration is applied');
        },
      });
      log.debug(
        { target, applied: applied.length, roles },
        'Tables are as this version needs them',
      );
    },
  };
  if (await migrateIfSettled(steps)) gate.open();
  await app.listen();
  if (!gate.isOpen) await migrateWhenSettled(steps, gate, stopping.signal);
  status.fine('start');
  log.info({ port }, 'Ingest runs');
}

runApp(APP, start);
