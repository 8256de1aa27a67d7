import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type ConnectDocker,
  type DockerLimits,
  type DockerUse,
  runInDocker,
} from '../docker/docker.js';
import { connectDocker, volumeName } from '../docker/testcontainers.js';
import { startEngine } from '../engine/index.js';
import { isRecord, readJson, writeAtomically } from '../files.js';
import { type Log } from '../log.js';
import { keptPorts } from '../ports.js';
import { type Service } from '../service.js';
import { firstWay, type Way } from '../ways.js';
import { answersPing, createAnalyst } from './http.js';
import { type Login } from './login.js';

/** The server of the same release as the embedded engine. */
export const CLICKHOUSE_IMAGE = 'clickhouse/clickhouse-server:26.7';

const DEFAULT_VIEWS = 'keywatch_views';

export interface ClickHouseOptions {
  /** The address of a running ClickHouse (http://host:8123): used as it is, nothing is started. */
  readonly url?: string;
  readonly user?: string;
  readonly password?: string;
  /** The data folder of the whole stack; ClickHouse's is `clickhouse` in it. */
  readonly dataDir: string;
  /** The database that the analyst may read; keywatch_views unless told. */
  readonly views?: string;
  readonly log: Log;
  readonly docker?: DockerUse;
  readonly signal?: AbortSignal;
}

export interface ClickHouseHandle extends Service, Login {
  readonly how: 'given' | 'docker' | 'embedded';
  readonly url: string;
  /** May only read; missing for a given server, whose users are its owner's. */
  readonly analyst?: Login;
}

/** What startClickHouse does to the world; given for specs of the order in which it tries things. */
export interface ClickHouseTools {
  readonly connectDocker: ConnectDocker;
  readonly dockerLimits?: DockerLimits;
  readonly answersPing: typeof answersPing;
  readonly createAnalyst: typeof createAnalyst;
  readonly startEngine: typeof startEngine;
}

const REAL: ClickHouseTools = { connectDocker, answersPing, createAnalyst, startEngine };

/**
 * A ClickHouse to work with, over HTTP whatever answers: the given address; else a container, when a Docker daemon
 * answers and has the image in time; else the embedded engine as a process. A folder stays with the way its data was
 * written.
 * @throws NoWayError that names every way and why it didn't work.
 */
export async function startClickHouse(
  options: ClickHouseOptions,
  tools = REAL,
): Promise<ClickHouseHandle> {
  if (options.url !== undefined && options.url !== '') return given(options.url, options);
  const folder = resolve(options.dataDir, 'clickhouse');
  return firstWay(
    'ClickHouse',
    [
      {
        title: 'the address of a running ClickHouse in KEYWATCH_CLICKHOUSE_URL (http://host:8123)',
        skipped: 'not set',
        start: () => Promise.reject(new Error('not set')),
      },
      dockerWay(options, tools, folder),
      embeddedWay(options, tools, folder),
    ],
    options.log,
    options.signal,
  );
}

const given = (url: string, { user, password }: ClickHouseOptions): ClickHouseHandle => ({
  how: 'given',
  url,
  user: user ?? 'default',
  password: password ?? '',
  exited: new Promise(() => undefined),
  stop: () => Promise.resolve(),
  kill: () => undefined,
});

const loginsFile = (folder: string): string => join(folder, 'docker-logins.json');
const engineFolder = (folder: string): string => join(folder, 'embedded');

function dockerWay(
  options: ClickHouseOptions,
  tools: ClickHouseTools,
  folder: string,
): Way<ClickHouseHandle> {
  return {
    title: `Docker, to run ${CLICKHOUSE_IMAGE}`,
    ...(options.docker === 'never' ? { skipped: 'switched off by the settings' } : {}),
    ...(options.docker !== 'always' && existsSync(engineFolder(folder))
      ? { skipped: `not asked: the data in ${folder} is the embedded engine's` }
      : {}),
    async start() {
      const kept = await readLogins(folder);
      const logins = kept ?? newLogins();
      let port = 0;
      const container = await runInDocker(
        tools.connectDocker,
        CLICKHOUSE_IMAGE,
        async () => {
          await mkdir(folder, { recursive: true });
          port = (await keptPorts(join(folder, 'docker-ports.json'), ['http'])).http;
          return {
            image: CLICKHOUSE_IMAGE,
            port: { container: 8123, host: port },
            env: () => ({
              CLICKHOUSE_USER: logins.owner.user,
              CLICKHOUSE_PASSWORD: logins.owner.password,
              CLICKHOUSE_DEFAULT_ACCESS_MANAGEMENT: '1',
            }),
            volume: { name: volumeName('clickhouse', folder), target: '/var/lib/clickhouse' },
          };
        },
        (host) => tools.answersPing(urlOf(host, port)),
        tools.dockerLimits,
      );
      const url = urlOf(container.host, port);
      try {
        const views = options.views ?? DEFAULT_VIEWS;
        await tools.createAnalyst(url, logins.owner, logins.analyst, views);
        // Kept only now: a file of logins says that the folder's data is in Docker.
        if (kept === undefined)
          await writeAtomically(loginsFile(folder), JSON.stringify(logins), 0o600);
      } catch (error) {
        await container.stop();
        throw error;
      }
      return {
        how: 'docker',
        url,
        ...logins.owner,
        analyst: logins.analyst,
        exited: container.exited,
        stop: () => container.stop(),
        kill: (signal) => {
          container.kill(signal);
        },
      };
    },
  };
}

const urlOf = (host: string, port: number): string =>
  `http://${host === 'localhost' ? '127.0.0.1' : host}:${port}`;

interface Logins {
  readonly owner: Login;
  readonly analyst: Login;
}

const newLogins = (): Logins => ({
  owner: { user: 'keywatch', password: randomBytes(18).toString('base64url') },
  analyst: { user: 'analyst', password: randomBytes(18).toString('base64url') },
});

async function readLogins(folder: string): Promise<Logins | undefined> {
  const kept = await readJson(loginsFile(folder));
  if (!isRecord(kept) || !isLogin(kept['owner']) || !isLogin(kept['analyst'])) return undefined;
  return { owner: kept['owner'], analyst: kept['analyst'] };
}

const isLogin = (value: unknown): value is Login =>
  isRecord(value) && typeof value['user'] === 'string' && typeof value['password'] === 'string';

function embeddedWay(
  options: ClickHouseOptions,
  tools: ClickHouseTools,
  folder: string,
): Way<ClickHouseHandle> {
  return {
    title: 'the embedded engine (npm package chdb; Linux with glibc, or macOS)',
    ...(options.docker === 'always' ? { skipped: 'not tried: the settings ask for Docker' } : {}),
    ...(existsSync(loginsFile(folder))
      ? {
          skipped: `not tried: the data of ${folder} is in a Docker volume; start Docker, or use another folder`,
        }
      : {}),
    async start() {
      await mkdir(engineFolder(folder), { recursive: true });
      const { http } = await keptPorts(join(folder, 'ports.json'), ['http']);
      const running = await tools.startEngine({
        dataDir: engineFolder(folder),
        port: http,
        ...(options.views === undefined ? {} : { views: options.views }),
        log: options.log,
      });
      return { how: 'embedded', ...running };
    },
  };
}
