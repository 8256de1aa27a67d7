import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type ConnectDocker,
  type Container,
  type DockerLimits,
  type DockerUse,
  runInDocker,
} from '../docker/docker.js';
import { connectDocker, volumeName } from '../docker/testcontainers.js';
import { type Log } from '../log.js';
import { keptPorts } from '../ports.js';
import { type Service } from '../service.js';
import { firstWay, type Way } from '../ways.js';
import { type Broker, startBroker, wasFormatted } from './broker.js';
import { isReady } from './is-ready.js';
import { copyWithMaven, installJars, jarsAreComplete, KAFKA_VERSION } from './jars.js';
import { findJava, findMaven, javaCommand } from './java.js';

export const KAFKA_IMAGE = `apache/kafka:${KAFKA_VERSION}`;

/** Where the broker's jars are, under the given cache folder or the user's. */
export const cacheFolder = (cacheDir = join(homedir(), '.cache', 'keywatch')): string =>
  resolve(cacheDir, `kafka-${KAFKA_VERSION}`);

export interface KafkaOptions {
  /** Addresses of a running Kafka (host:port): used as they are, nothing is started. */
  readonly brokers?: readonly string[];
  /** The data folder of the whole stack; the broker's is `kafka` in it. */
  readonly dataDir: string;
  /** Where the broker's jars are kept for all data folders, in kafka-4.3.1; ~/.cache/keywatch unless told. */
  readonly cacheDir?: string;
  readonly log: Log;
  readonly docker?: DockerUse;
  readonly javaHome?: string;
  /** The mvn command; `mvn` from the PATH unless told. */
  readonly maven?: string;
  readonly startTimeoutMs?: number;
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

export interface KafkaHandle extends Service {
  readonly how: 'given' | 'docker' | 'java';
  readonly brokers: readonly string[];
}

/** What startKafka does to the world; given for specs of the order in which it tries things. */
export interface KafkaTools {
  readonly connectDocker: ConnectDocker;
  readonly dockerLimits?: DockerLimits;
  readonly isReady: typeof isReady;
  readonly jarsAreComplete: typeof jarsAreComplete;
  readonly findJava: (command: string) => Promise<unknown>;
  readonly findMaven: (command: string) => Promise<unknown>;
  readonly installJars: typeof installJars;
  readonly startBroker: typeof startBroker;
}

const REAL: KafkaTools = {
  connectDocker,
  isReady,
  jarsAreComplete,
  findJava,
  findMaven,
  installJars,
  startBroker,
};

/**
 * A Kafka to work with: the given addresses; else a container, when a Docker daemon answers and has the image in time;
 * else a real broker from the official jars (Java 17; Maven to fetch them once). A folder stays with the way its data
 * was written: data in a Docker volume is not visible to the broker from jars, nor the other way round.
 * @throws NoWayError that names every way and why it didn't work.
 */
export async function startKafka(options: KafkaOptions, tools = REAL): Promise<KafkaHandle> {
  if (options.brokers !== undefined && options.brokers.length > 0) return given(options.brokers);
  const folder = resolve(options.dataDir, 'kafka');
  const dockerMark = join(folder, 'docker-volume');
  return firstWay(
    'Kafka',
    [
      {
        title: 'the addresses of a running Kafka in KEYWATCH_KAFKA_BROKERS (host:port,host:port)',
        skipped: 'not set',
        start: () => Promise.reject(new Error('not set')),
      },
      dockerWay(options, tools, folder, dockerMark),
      javaWay(options, tools, folder, dockerMark),
    ],
    options.log,
    options.signal,
  );
}

function given(brokers: readonly string[]): KafkaHandle {
  return {
    how: 'given',
    brokers,
    // Not ours: it doesn't end with us, and we never learn that it has.
    exited: new Promise(() => undefined),
    stop: () => Promise.resolve(),
    kill: () => undefined,
  };
}

function dockerWay(
  options: KafkaOptions,
  tools: KafkaTools,
  folder: string,
  mark: string,
): Way<KafkaHandle> {
  return {
    title: `Docker, to run ${KAFKA_IMAGE}`,
    ...(options.docker === 'never' ? { skipped: 'switched off by the settings' } : {}),
    ...(options.docker !== 'always' && wasFormatted(folder)
      ? { skipped: `not asked: the data in ${folder} is of a broker without Docker` }
      : {}),
    async start() {
      let port = 0;
      const volume = volumeName('kafka', folder);
      const container = await runInDocker(
        tools.connectDocker,
        KAFKA_IMAGE,
        async () => {
          await mkdir(folder, { recursive: true });
          port = (await keptPorts(join(folder, 'docker-ports.json'), ['broker'])).broker;
          return {
            image: KAFKA_IMAGE,
            port: { container: port, host: port },
            env: (host) => containerSettings(host, port),
            volume: { name: volume, target: '/var/lib/kafka/data' },
          };
        },
        tools.isReady,
        tools.dockerLimits,
      );
      await writeFile(mark, volume);
      return ofContainer(container, port);
    },
  };
}

const ofContainer = (container: Container, port: number): KafkaHandle => ({
  how: 'docker',
  brokers: [`${container.host}:${port}`],
  exited: container.exited,
  stop: () => container.stop(),
  kill: (signal) => {
    container.kill(signal);
  },
});

/** The image turns KAFKA_A_B into a.b; it formats its data with CLUSTER_ID once. */
const containerSettings = (host: string, port: number): Record<string, string> => ({
  CLUSTER_ID: 'keywatchLocalBroker00w',
  KAFKA_LOG_DIRS: '/var/lib/kafka/data',
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://:9093`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${host === 'localhost' ? '127.0.0.1' : host}:${port}`,
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: '8',
  KAFKA_OFFSETS_RETENTION_MINUTES: String(10 * 365 * 24 * 60),
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_HEAP_OPTS: '-Xmx512m',
});

function javaWay(
  options: KafkaOptions,
  tools: KafkaTools,
  folder: string,
  dockerMark: string,
): Way<KafkaHandle> {
  return {
    title: 'Java 17 or newer and Maven, to run a broker from the official jars',
    ...(options.docker === 'always' ? { skipped: 'not tried: the settings ask for Docker' } : {}),
    ...(existsSync(dockerMark)
      ? {
          skipped: `not tried: the data of ${folder} is in a Docker volume; start Docker, or use another folder`,
        }
      : {}),
    async start() {
      const jars = cacheFolder(options.cacheDir);
      const java = javaCommand(options.javaHome);
      await tools.findJava(java);
      if (!(await tools.jarsAreComplete(jars))) {
        const maven = options.maven ?? 'mvn';
        await tools.findMaven(maven);
        await tools.installJars(jars, copyWithMaven(maven), options.log, options.signal);
      }
      const { startTimeoutMs, graceMs, signal } = options;
      return ofBroker(
        await tools.startBroker({
          folder,
          jars,
          java,
          log: options.log,
          ...(startTimeoutMs === undefined ? {} : { startTimeoutMs }),
          ...(graceMs === undefined ? {} : { graceMs }),
          ...(signal === undefined ? {} : { signal }),
        }),
      );
    },
  };
}

const ofBroker = (broker: Broker): KafkaHandle => ({
  how: 'java',
  brokers: [`127.0.0.1:${broker.port}`],
  pid: broker.pid,
  exited: broker.exited,
  stop: () => broker.stop(),
  kill: (signal) => {
    broker.kill(signal);
  },
});
