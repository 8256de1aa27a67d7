import 'reflect-metadata';
import { createClickHouse } from '@keywatch/clickhouse';
import {
  clickhouseConnection,
  createLog,
  exitWhenOrphaned,
  kafkaConnection,
  kafkajsLogCreator,
  runApp,
  SystemClock,
} from '@keywatch/platform';
import { createApi } from './create-app.js';
import { ClickHouseDatabase } from './ports/clickhouse-database.js';
import { KafkaEventLog } from './ports/kafka-event-log.js';
import { KafkaLogEnds } from './ports/kafka-log-ends.js';
import { apiSettings } from './settings.js';
import { stopInOrder } from './stop.js';

runApp('api', async () => {
  const settings = apiSettings();
  const log = createLog({
    app: 'api',
    level: settings.KEYWATCH_LOG_LEVEL,
    format: settings.KEYWATCH_LOG_FORMAT,
  });
  if (settings.KEYWATCH_LEASH) exitWhenOrphaned();
  const client = {
    ...kafkaConnection(settings, 'keywatch-api'),
    logCreator: kafkajsLogCreator(log),
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
  };
  const clickhouse = createClickHouse({
    ...clickhouseConnection(settings),
    requestTimeoutMs: 310_000,
    application: 'keywatch-api',
  });
  const eventLog = new KafkaEventLog(client);
  const logEnds = new KafkaLogEnds(client);
  const database = new ClickHouseDatabase(clickhouse);

  const host = settings.KEYWATCH_HTTP_HOST;
  const app = await createApi(
    { database, eventLog, logEnds, clock: new SystemClock() },
    { host, port: settings.KEYWATCH_API_PORT, token: settings.KEYWATCH_API_TOKEN, log },
  );
  stopInOrder(app, log, async () => {
    await Promise.allSettled([eventLog.close(), logEnds.close(), clickhouse.close()]);
  });
  await app.listen(settings.KEYWATCH_API_PORT, host);
  log.info({ url: await app.getUrl() }, 'api is up');
});
