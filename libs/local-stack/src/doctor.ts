import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { answersPing } from './clickhouse/http.js';
import { type ConnectDocker } from './docker/docker.js';
import { connectDocker } from './docker/testcontainers.js';
import { engineAvailable } from './engine/index.js';
import { isReady } from './kafka/is-ready.js';
import { jarsAreComplete } from './kafka/jars.js';
import { findJava, findMaven, javaCommand } from './kafka/java.js';
import { cacheFolder } from './kafka/start-kafka.js';
import { isPortFree } from './ports.js';
import { readRuntime } from './runtime.js';
import { messageOf, within } from './waiting.js';

export interface DoctorCheck {
  readonly name: string;
  /** warn: it works, but not as well as it could, or another way takes over. */
  readonly ok: boolean | 'warn';
  readonly detail: string;
  /** What to do about it; empty when all is well. */
  readonly fix: string;
}

export interface DoctorOptions {
  readonly dataDir: string;
  readonly brokers?: readonly string[];
  readonly clickhouseUrl?: string;
  /** Ports that the stack is going to listen on, by the name of their setting. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly cacheDir?: string;
  readonly javaHome?: string;
  readonly maven?: string;
}

/** What the checks look at; given for specs. */
export interface DoctorTools {
  readonly nodeVersion: string;
  readonly memoryBytes: () => number;
  readonly freeBytes: (folder: string) => Promise<number>;
  readonly connectDocker: ConnectDocker;
  readonly engineAvailable: typeof engineAvailable;
  readonly findJava: (command: string) => Promise<number>;
  readonly findMaven: (command: string) => Promise<string>;
  readonly jarsAreComplete: typeof jarsAreComplete;
  readonly isPortFree: typeof isPortFree;
  readonly isReady: typeof isReady;
  readonly answersPing: typeof answersPing;
}

const REAL: DoctorTools = {
  nodeVersion: process.versions.node,
  memoryBytes: () => process.availableMemory(),
  freeBytes,
  connectDocker,
  engineAvailable,
  findJava,
  findMaven,
  jarsAreComplete,
  isPortFree,
  isReady,
  answersPing,
};

const GB = 1e9;
/** The Node that the project is built and tested with. */
const NODE_MAJOR = 24;
/** Broker 0.8 GB, engine about 1 GB, six Node processes of 0.1-0.2 GB. */
const MEMORY = { least: 2 * GB, enough: 3 * GB };
/** A million events are some 25 MB in the engine and 300 MB on the topic, which keeps them a week. */
const DISK = { least: 1 * GB, enough: 5 * GB };
const DOCKER_MS = 5_000;

/** Looks at everything the stack needs on this machine, and says what to do about what is missing. Never throws. */
export async function doctorChecks(options: DoctorOptions, tools = REAL): Promise<DoctorCheck[]> {
  const running = await readRuntime(options.dataDir);
  const { brokers = running?.brokers, clickhouseUrl = running?.clickhouse.url } = options;
  return Promise.all([
    Promise.resolve(node(tools)),
    ...(brokers === undefined ? [java(options, tools), maven(options, tools)] : []),
    ...(brokers ?? []).map((broker) => kafka(broker, options.brokers === undefined, tools)),
    clickhouseUrl === undefined
      ? Promise.resolve(engine(tools))
      : clickhouse(clickhouseUrl, options.clickhouseUrl === undefined, tools),
    docker(tools),
    Promise.resolve(memory(tools)),
    disk(options, tools),
    ...(running === undefined
      ? Object.entries(options.ports ?? {}).map(([name, port]) => freePort(name, port, tools))
      : []),
  ]);
}

/** For servers that a stack on this folder started. */
const LOOK_AT_UP = 'see what keywatch up says of it; it starts again what ends';

const good = (name: string, detail: string): DoctorCheck => ({ name, ok: true, detail, fix: '' });
const weak = (name: string, detail: string, fix: string): DoctorCheck => ({
  name,
  ok: 'warn',
  detail,
  fix,
});
const bad = (name: string, detail: string, fix: string): DoctorCheck => ({
  name,
  ok: false,
  detail,
  fix,
});

function node({ nodeVersion }: DoctorTools): DoctorCheck {
  const name = 'Node';
  if (Number(nodeVersion.split('.')[0]) >= NODE_MAJOR) return good(name, nodeVersion);
  return bad(
    name,
    nodeVersion,
    `run it with npm or npx from the checkout, which bring Node ${NODE_MAJOR}`,
  );
}

async function java(options: DoctorOptions, tools: DoctorTools): Promise<DoctorCheck> {
  try {
    return good('Java', `version ${await tools.findJava(javaCommand(options.javaHome))}`);
  } catch (error) {
    return weak(
      'Java',
      messageOf(error),
      'needed for the local broker, unless Docker runs or KEYWATCH_KAFKA_BROKERS is set',
    );
  }
}

async function maven(options: DoctorOptions, tools: DoctorTools): Promise<DoctorCheck> {
  if (await tools.jarsAreComplete(cacheFolder(options.cacheDir))) {
    return good('Maven', "not needed: the broker's jars are there");
  }
  try {
    return good('Maven', `version ${await tools.findMaven(options.maven ?? 'mvn')}`);
  } catch (error) {
    return weak(
      'Maven',
      messageOf(error),
      "needed once, for the local broker's jars, unless Docker runs or KEYWATCH_KAFKA_BROKERS is set",
    );
  }
}

async function kafka(broker: string, ours: boolean, tools: DoctorTools): Promise<DoctorCheck> {
  const name = `Kafka ${broker}`;
  const colon = broker.lastIndexOf(':');
  const host = broker.slice(0, colon);
  if (await tools.isReady(host, Number(broker.slice(colon + 1)))) return good(name, 'answers');
  if (ours) return bad(name, 'does not answer', LOOK_AT_UP);
  return weak(
    name,
    'does not answer an unencrypted request',
    'check KEYWATCH_KAFKA_BROKERS; a broker that wants TLS or SASL looks like this too',
  );
}

async function clickhouse(url: string, ours: boolean, tools: DoctorTools): Promise<DoctorCheck> {
  if (await tools.answersPing(url)) return good('ClickHouse', `${url} answers`);
  return bad(
    'ClickHouse',
    `${url} does not answer`,
    ours ? LOOK_AT_UP : 'check KEYWATCH_CLICKHOUSE_URL (the HTTP port, usually 8123)',
  );
}

function engine(tools: DoctorTools): DoctorCheck {
  const found = tools.engineAvailable();
  if (found.available) return good('Embedded ClickHouse', 'can be used');
  return weak('Embedded ClickHouse', found.reason, 'use Docker, or set KEYWATCH_CLICKHOUSE_URL');
}

async function docker(tools: DoctorTools): Promise<DoctorCheck> {
  try {
    await within(DOCKER_MS, tools.connectDocker(), () => `no answer within ${DOCKER_MS / 1000} s`);
    return good('Docker', 'a daemon answers');
  } catch (error) {
    return weak(
      'Docker',
      messageOf(error),
      'only needed where Java 17 or the embedded ClickHouse is missing',
    );
  }
}

function memory({ memoryBytes }: DoctorTools): DoctorCheck {
  const bytes = memoryBytes();
  const detail = `${(bytes / GB).toFixed(1)} GB free, ${availableParallelism()} cores`;
  const fix = `the whole stack wants ${MEMORY.enough / GB} GB: end other programs, or give servers elsewhere`;
  if (bytes >= MEMORY.enough) return good('Memory', detail);
  return bytes >= MEMORY.least ? weak('Memory', detail, fix) : bad('Memory', detail, fix);
}

async function disk(options: DoctorOptions, tools: DoctorTools): Promise<DoctorCheck> {
  const folder = resolve(options.dataDir);
  const bytes = await tools.freeBytes(folder);
  const detail = `${(bytes / GB).toFixed(1)} GB free for ${folder}`;
  const fix = 'free some space, or choose another folder with --data';
  if (bytes >= DISK.enough) return good('Disk', detail);
  return bytes >= DISK.least ? weak('Disk', detail, fix) : bad('Disk', detail, fix);
}

async function freePort(setting: string, port: number, tools: DoctorTools): Promise<DoctorCheck> {
  const name = `Port ${port}`;
  if (port === 0) return good(name, 'any free port');
  if (await tools.isPortFree(port)) return good(name, 'free');
  return bad(
    name,
    'in use by another program',
    `end that program, or set ${setting} to another port`,
  );
}

/** Of the file system that the folder is, or is going to be, on. */
async function freeBytes(folder: string): Promise<number> {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(join(existing, '.'));
  return bavail * bsize;
}
