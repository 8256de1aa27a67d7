import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClickHouse, type ClickHouse } from '@keywatch/clickhouse';
import { ALL_TOPICS, CONSUMER_GROUPS, TOPICS, type OutgoingMessage } from '@keywatch/events';
import { ensureTopics, EventProducer, logLevel, type KafkaConfig } from '@keywatch/kafka';
import {
  startClickHouse,
  startKafka,
  supervise,
  type ClickHouseHandle,
  type CommandSpec,
  type KafkaHandle,
  type ProcessState,
  type Supervisor,
} from '@keywatch/local-stack';
import { atTheEnd, positionsOf, withAdmin } from './positions.js';
import { until } from './waiting.js';

/** A second member of ingest's group runs where it is asked for. */
export type App = 'ingest' | 'ingest-2' | 'detect' | 'sweep';
export type Victim = App | 'clickhouse' | 'kafka';
/** One of each. */
export const VICTIMS = ['ingest', 'detect', 'clickhouse', 'kafka'] as const satisfies Victim[];

export interface FailureStackOptions {
  /** Steps (STEP:N) at which the app kills itself, the next one after each kill of it; then it lives. */
  readonly killAt?: Readonly<Partial<Record<App, readonly string[]>>>;
  /** Where ingest finds ClickHouse, given the engine's own address; default: there. */
  readonly between?: (engineUrl: string) => Promise<string>;
  /** Further settings of ingest. */
  readonly ingest?: Readonly<Record<string, string>>;
  /** Further settings of sweep. */
  readonly sweep?: Readonly<Record<string, string>>;
  /** Default: ingest and detect. */
  readonly apps?: readonly App[];
}

/** Broker, engine, ingest and detect as processes of their own, started again when they end. */
export interface FailureStack {
  readonly client: KafkaConfig;
  readonly clickhouse: ClickHouse;
  /** Settings that say where broker and engine are. */
  readonly addresses: Readonly<Record<string, string>>;
  /** How often a process has ended by kill -9 so far. */
  killed(name: Victim): number;
  /** Ends it as kill -9 does (or with that signal), once it is up; resolves when it has ended. */
  kill(name: Victim, signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Sends a signal that doesn't end it, once it is up. */
  signal(name: Victim, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Resolves when the process has ended by kill -9 this often. */
  untilKilled(name: Victim, times: number): Promise<void>;
  /** Resolves when the broker has them all; sends again what it didn't take. */
  produce(messages: readonly OutgoingMessage[]): Promise<void>;
  /** Resolves when detect has folded and ingest has stored all that is in the log, with no range open. */
  caughtUp(limitMs?: number): Promise<void>;
  /** States and last lines of the processes, for a message about a failure. */
  readonly why: () => string;
  stop(): Promise<void>;
}

const UP_MS = 60_000;
/** A batch of them stays under the 1 MB that a broker takes at once. */
const CHUNK = 250;
/** Short waits, so that a test is not mostly waiting: kills are the normal case here. */
const BACKOFF = { firstMs: 100, maxMs: 2_000, stableMs: 500 };
const SETTINGS: Readonly<Record<string, string>> = {
  NODE_ENV: 'test',
  KEYWATCH_LOG_LEVEL: 'info',
  KEYWATCH_INGEST_SESSION_MS: '3000',
  KEYWATCH_DETECT_SESSION_MS: '3000',
  KEYWATCH_DETECT_CHECKPOINT_MS: '200',
  KEYWATCH_INGEST_PORT: '0',
  KEYWATCH_DETECT_PORT: '0',
  KEYWATCH_SWEEP_PORT: '0',
};

export async function startFailureStack(options: FailureStackOptions = {}): Promise<FailureStack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'keywatch-failures-'));
  const lines: string[] = [];
  const log = (line: string): void => {
    lines.push(line);
    if (lines.length > 60) lines.shift();
  };
  const kills = new Map<string, number>();
  const up: { kafka?: KafkaHandle; engine?: ClickHouseHandle; engineUrl?: string } = {};

  const kafka = async (signal: AbortSignal): Promise<KafkaHandle> => {
    const handle = await startKafka({ dataDir, docker: 'never', log, signal });
    const first = up.kafka === undefined;
    up.kafka = handle;
    if (first) await withAdmin(clientOf(handle), (admin) => ensureTopics(admin, ALL_TOPICS));
    return handle;
  };
  const clickhouse = async (signal: AbortSignal): Promise<ClickHouseHandle> => {
    const handle = await startClickHouse({ dataDir, docker: 'never', log, signal });
    up.engineUrl ??= (await options.between?.(handle.url)) ?? handle.url;
    return (up.engine = handle);
  };
  const app = (name: App): CommandSpec => {
    const folder = name === 'ingest-2' ? 'ingest' : name;
    const main = fileURLToPath(new URL(`../../apps/${folder}/dist/main.js`, import.meta.url));
    if (!existsSync(main)) throw new Error(`${main} is missing: run npm run build`);
    return {
      name,
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', main],
      after: ['kafka', 'clickhouse'],
      get env() {
        // A start that ends in another way, because a server was away, hasn't had its step.
        const step = options.killAt?.[name]?.[kills.get(name) ?? 0];
        return {
          ...SETTINGS,
          ...(folder === 'ingest' ? options.ingest : {}),
          ...(folder === 'sweep' ? options.sweep : {}),
          ...(folder === 'sweep' ? {} : { KEYWATCH_TEST_KILL_AT: step ?? '' }),
          KEYWATCH_KAFKA_BROKERS: up.kafka?.brokers.join(',') ?? '',
          KEYWATCH_CLICKHOUSE_URL: up.engineUrl ?? '',
          KEYWATCH_CLICKHOUSE_USER: up.engine?.user ?? '',
          KEYWATCH_CLICKHOUSE_PASSWORD: up.engine?.password ?? '',
        };
      },
    };
  };

  const apps = options.apps ?? ['ingest', 'detect'];
  const supervisor: Supervisor = supervise({
    processes: [
      { name: 'kafka', start: kafka },
      { name: 'clickhouse', start: clickhouse },
      ...apps.map(app),
    ],
    log,
    backoff: BACKOFF,
  });
  supervisor.onChange(({ name, state, lastEnd }) => {
    if (state === 'restarting' && lastEnd?.includes('SIGKILL') === true) {
      kills.set(name, (kills.get(name) ?? 0) + 1);
    }
  });
  const why = (): string =>
    `${JSON.stringify(supervisor.states())}\nlast lines:\n  ${lines.join('\n  ')}`;
  const clear = async (): Promise<void> => {
    await supervisor.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    await supervisor.started;
  } catch (error) {
    await clear();
    throw new Error(why(), { cause: error });
  }
  if (up.kafka === undefined || up.engine === undefined) throw new Error('not up');
  const client = clientOf(up.kafka);
  const { url, user, password } = up.engine;
  const database = createClickHouse({ url, user, password, database: 'keywatch' });
  const producer = new EventProducer(client);
  await producer.connect();

  const killed = (name: Victim): number => kills.get(name) ?? 0;
  const untilKilled = async (name: Victim, times: number): Promise<void> => {
    const look = (): true | undefined => (killed(name) >= times ? true : undefined);
    await until(`Kill ${times} of ${name}`, UP_MS, look, why);
  };
  const stateOf = (name: Victim): ProcessState | undefined =>
    supervisor.states().find((one) => one.name === name);
  const untilUp = (name: Victim): Promise<true> =>
    until(`Start of ${name}`, UP_MS, () => stateOf(name)?.state === 'up' || undefined, why);
  return {
    client,
    clickhouse: database,
    addresses: {
      KEYWATCH_KAFKA_BROKERS: up.kafka.brokers.join(','),
      KEYWATCH_CLICKHOUSE_URL: url,
      KEYWATCH_CLICKHOUSE_USER: user,
      KEYWATCH_CLICKHOUSE_PASSWORD: password,
    },
    killed,
    why,
    untilKilled,
    async kill(name, signal = 'SIGKILL') {
      await untilUp(name);
      const before = stateOf(name)?.restarts ?? 0;
      supervisor.kill(name, signal);
      const ended = (): true | undefined => (stateOf(name)?.restarts ?? 0) > before || undefined;
      await until(`End of ${name}`, UP_MS, ended, why);
    },
    async signal(name, signal) {
      await untilUp(name);
      supervisor.kill(name, signal);
    },
    async produce(messages) {
      for (let at = 0; at < messages.length; at += CHUNK) {
        const chunk = messages.slice(at, at + CHUNK);
        const send = async (): Promise<true> => {
          await producer.send(TOPICS.keyEvents.name, chunk);
          return true;
        };
        await until('Sending', UP_MS, send, why);
      }
    },
    async caughtUp(limitMs = 90_000) {
      const all = (): Promise<true | undefined> =>
        withAdmin(client, async (admin) => {
          const { detect, ingest } = CONSUMER_GROUPS;
          if (apps.includes('detect')) {
            const folded = await positionsOf(admin, detect, [TOPICS.keyEvents.name]);
            if (!folded.every(({ end, committed }) => end === 0 || end === committed)) return;
          }
          return atTheEnd(await positionsOf(admin, ingest)) || undefined;
        });
      await until('Catching up', limitMs, all, why);
    },
    async stop() {
      await Promise.all([producer.close(), database.close()]);
      await clear();
    },
  };
}

const clientOf = ({ brokers }: KafkaHandle): KafkaConfig => ({
  clientId: 'keywatch-failures',
  brokers: [...brokers],
  logLevel: logLevel.NOTHING,
});
