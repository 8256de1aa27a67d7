import { join } from 'node:path';
import { viewsDatabase } from '@keywatch/clickhouse';
import { ALL_TOPICS } from '@keywatch/events';
import { ensureTopics, Kafka, logLevel } from '@keywatch/kafka';
import {
  claimFolder,
  keptPorts,
  startClickHouse,
  startKafka,
  supervise,
  type ClickHouseHandle,
  type KafkaHandle,
  type Exit,
  type Log,
  type ProcessSpec,
  type ProcessState,
  type Service,
  type Supervisor,
} from '@keywatch/local-stack';
import { kafkaConnection } from '@keywatch/platform';
import type { CliSettings } from '../settings.js';
import { APPS, appProcess, checkBuilt, type Ports } from './apps.js';

export interface StackOptions {
  readonly settings: CliSettings;
  readonly dataDir: string;
  /** Port of the API; 0: any free one, kept for the folder. */
  readonly apiPort: number;
  readonly log: Log;
  readonly colours: boolean;
  readonly onChange?: (state: ProcessState) => void;
  /** Further settings for the apps. */
  readonly apps?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Broker and engine alone: for an operator's decisions, while ingest must not run. */
  readonly serversOnly?: boolean;
  /**
   * Runs once broker, engine, ingest, detect and api are up; sweep starts when it has settled. For history that is
   * played in at once: a sweep amid it would judge keys whose rotation is still to come.
   */
  readonly beforeSweep?: (stack: Reachable) => Promise<void>;
}

/** Where a stack is reached. */
export interface Reachable {
  readonly kafka: KafkaHandle;
  readonly api: string;
}

export interface Stack extends Reachable {
  readonly dataDir: string;
  readonly clickhouse: ClickHouseHandle;
  readonly ports: Ports;
  readonly supervisor: Supervisor;
  /** Ends everything in order and lets the folder go. */
  stop(): Promise<void>;
}

/**
 * Starts broker, engine and apps in a data folder, each when those before it are up, and publishes the addresses there.
 * @throws Error in words when another stack runs in the folder, or a part can't be started.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { settings, dataDir, log } = options;
  await checkBuilt();
  const folder = await claimFolder(dataDir);
  const started: { kafka?: KafkaHandle; clickhouse?: ClickHouseHandle } = {};
  let supervisor: Supervisor | undefined;
  const stop = async (): Promise<void> => {
    await supervisor?.stop();
    await folder.release();
  };
  try {
    const ports = await appPorts(folder.dir, options.apiPort);
    const kafka = async (signal: AbortSignal): Promise<KafkaHandle> => {
      const handle = await startKafka(kafkaOptions(options, folder.dir, signal));
      await createTopics(handle, settings);
      return (started.kafka = handle);
    };
    const clickhouse = async (signal: AbortSignal): Promise<ClickHouseHandle> =>
      (started.clickhouse = await startClickHouse(clickhouseOptions(options, folder.dir, signal)));
    const connections = (): Record<string, string> => connectionsOf(started);
    const processes: ProcessSpec[] = [
      { name: 'kafka', start: kafka },
      { name: 'clickhouse', start: clickhouse },
      ...(options.serversOnly === true ? [] : APPS).map((app) => {
        const waits = app === 'sweep' && options.beforeSweep !== undefined;
        const extra = {
          KEYWATCH_LOG_FORMAT: 'text',
          // Where a settings file of detection is looked for.
          KEYWATCH_DATA: folder.dir,
          ...options.apps,
        };
        return appProcess(app, ports, connections, extra, waits ? [HISTORY] : undefined);
      }),
      ...historyStep(options, started, ports),
    ];
    supervisor = supervise({
      processes,
      log,
      colours: options.colours,
      // An app that can't start at all is better reported than started again for ever.
      giveUpAfter: 10,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    if (options.onChange !== undefined) supervisor.onChange(options.onChange);
    await supervisor.started;
    if (started.kafka === undefined || started.clickhouse === undefined) {
      throw new Error('the stack was stopped while it started');
    }
    const api = `http://127.0.0.1:${ports.api}`;
    const { url, user, password, analyst } = started.clickhouse;
    await folder.publish({
      brokers: started.kafka.brokers,
      clickhouse: { url, user, password, ...(analyst === undefined ? {} : { analyst }) },
      api,
    });
    return {
      dataDir: folder.dir,
      kafka: started.kafka,
      clickhouse: started.clickhouse,
      api,
      ports,
      supervisor,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Name of the step that `beforeSweep` is in the start order. */
export const HISTORY = 'history';

/** `beforeSweep` as a step of the start order: it is up when the history is in. */
function historyStep(
  { beforeSweep }: StackOptions,
  started: { kafka?: KafkaHandle },
  ports: Ports,
): ProcessSpec[] {
  if (beforeSweep === undefined) return [];
  const over = Promise.withResolvers<Exit>();
  const start = async (): Promise<Service> => {
    if (started.kafka === undefined) throw new Error('the broker is not up');
    await beforeSweep({ kafka: started.kafka, api: `http://127.0.0.1:${ports.api}` });
    const stop = (): Promise<void> => {
      over.resolve({});
      return Promise.resolve();
    };
    return { exited: over.promise, stop, kill: () => undefined };
  };
  return [{ name: HISTORY, after: ['ingest', 'detect', 'api'], restart: false, start }];
}

async function appPorts(dir: string, apiPort: number): Promise<Ports> {
  const kept = await keptPorts(join(dir, 'app-ports.json'), APPS);
  return apiPort === 0 ? kept : { ...kept, api: apiPort };
}

function kafkaOptions(
  { settings, log }: StackOptions,
  dataDir: string,
  signal: AbortSignal,
): Parameters<typeof startKafka>[0] {
  return {
    dataDir,
    log,
    signal,
    docker: settings.KEYWATCH_DOCKER,
    ...(settings.KEYWATCH_KAFKA_BROKERS === undefined
      ? {}
      : { brokers: settings.KEYWATCH_KAFKA_BROKERS }),
    ...(settings.KEYWATCH_CACHE === undefined ? {} : { cacheDir: settings.KEYWATCH_CACHE }),
  };
}

function clickhouseOptions(
  { settings, log }: StackOptions,
  dataDir: string,
  signal: AbortSignal,
): Parameters<typeof startClickHouse>[0] {
  const url = settings.KEYWATCH_CLICKHOUSE_URL;
  return {
    dataDir,
    log,
    signal,
    docker: settings.KEYWATCH_DOCKER,
    views: viewsDatabase(settings.KEYWATCH_CLICKHOUSE_DATABASE),
    ...(url === undefined
      ? {}
      : {
          url,
          user: settings.KEYWATCH_CLICKHOUSE_USER,
          password: settings.KEYWATCH_CLICKHOUSE_PASSWORD,
        }),
  };
}

function connectionsOf(started: {
  kafka?: KafkaHandle;
  clickhouse?: ClickHouseHandle;
}): Record<string, string> {
  const { kafka, clickhouse } = started;
  if (kafka === undefined || clickhouse === undefined)
    throw new Error('broker and engine are not up');
  return {
    KEYWATCH_KAFKA_BROKERS: kafka.brokers.join(','),
    KEYWATCH_CLICKHOUSE_URL: clickhouse.url,
    KEYWATCH_CLICKHOUSE_USER: clickhouse.user,
    KEYWATCH_CLICKHOUSE_PASSWORD: clickhouse.password,
  };
}

/** Topics exist before anything subscribes: kafkajs ends when it subscribes to a missing one. */
async function createTopics(handle: KafkaHandle, settings: CliSettings): Promise<void> {
  const connection = kafkaConnection(
    { ...settings, KEYWATCH_KAFKA_BROKERS: [...handle.brokers] },
    'keywatch-up',
  );
  const admin = new Kafka({ ...connection, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await ensureTopics(admin, ALL_TOPICS, {
      replicationFactor: settings.KEYWATCH_KAFKA_REPLICATION,
    });
  } finally {
    await admin.disconnect();
  }
}
