import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { type Log } from '../log.js';
import { type Exit } from '../service.js';
import { engineAvailable } from './chdb.js';
import { type Login, loadCredentials } from './credentials.js';
import { THREADS } from './threads.js';

export interface EngineOptions {
  /** The engine's folder: its lock, its passwords, its tables in `clickhouse`. Made when missing. */
  readonly dataDir: string;
  /** 0 or missing: a free one. */
  readonly port?: number;
  /** The database that the analyst may read, and where their names are looked up; keywatch_views unless told. */
  readonly views?: string;
  /** A configuration file for the engine itself: users and what they may do, to try rights as a server has them. */
  readonly configFile?: string;
  readonly log: Log;
  /** How long opening may take; 60 s unless told (a folder with many parts takes seconds). */
  readonly readyMs?: number;
}

/** The embedded engine as a process of its own. */
export interface EngineHandle extends Login {
  readonly url: string;
  /** May only read. */
  readonly analyst: Login;
  readonly pid: number;
  readonly exited: Promise<Exit>;
  /** Ends it in good order: inserts under way are finished. By force after a minute. Harmless when it has ended. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

const READY_MS = 60_000;
/** Above the process's own limit, so that it can say why. */
const STOP_MS = 60_000;
const LINES_KEPT = 20;

/**
 * Starts the embedded engine and waits until it answers. It ends when this process ends, also by kill -9.
 * @throws Error with the reason and the last lines that the process printed.
 */
export async function startEngine(options: EngineOptions): Promise<EngineHandle> {
  const availability = engineAvailable();
  if (!availability.available) throw new Error(`No embedded engine: ${availability.reason}`);
  const { dataDir, port = 0, views, configFile } = options;
  const args = [
    ...['--data', dataDir, '--port', String(port), '--leash'],
    ...(views === undefined ? [] : ['--views', views]),
    ...(configFile === undefined ? [] : ['--config', configFile]),
  ];
  const child = execa(process.execPath, [mainFile(), ...args], {
    // The pipe is the leash: the system closes it when this process is gone.
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    reject: false,
    cleanup: false,
    // A group of its own: Ctrl-C in a terminal reaches only us, and the apps end before what they write to.
    detached: true,
    env: { UV_THREADPOOL_SIZE: String(THREADS), TZ: 'UTC' },
  });
  const exited = child.then(({ exitCode, signal }): Exit => ({
    ...(exitCode === undefined ? {} : { code: exitCode }),
    ...(signal === undefined ? {} : { signal: signal }),
  }));
  const { url, pid } = await ready(child, exited, options);
  const { user, password, analyst } = await loadCredentials(options.dataDir);
  return {
    url,
    pid,
    user,
    password,
    analyst,
    exited,
    kill: (signal) => void child.kill(signal),
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(force);
    },
  };
}

/** Compiled beside this file; when this file runs from its source, in the package's dist. */
function mainFile(): string {
  const places = ['./engine.main.js', '../../dist/engine/engine.main.js'];
  const files = places.map((place) => fileURLToPath(new URL(place, import.meta.url)));
  const found = files.find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${files.join(' and ')} are missing: run npm run build`);
  return found;
}

interface Child {
  readonly stdout: NodeJS.ReadableStream;
  readonly stderr: NodeJS.ReadableStream;
  kill(signal: NodeJS.Signals): boolean;
}

async function ready(
  child: Child,
  exited: Promise<Exit>,
  options: EngineOptions,
): Promise<{ url: string; pid: number }> {
  const readyMs = options.readyMs ?? READY_MS;
  const printed: string[] = [];
  const failure = (what: string): Error =>
    new Error([`The embedded engine ${what}. It printed:`, ...printed].join('\n  '));
  let timer: NodeJS.Timeout | undefined;
  const announced = new Promise<{ url: string; pid: number }>((resolve, reject) => {
    eachLine(child.stdout, (line) => {
      const found = readyLine(line);
      if (found !== undefined) resolve(found);
    });
    eachLine(child.stderr, (line) => {
      printed.push(line);
      if (printed.length > LINES_KEPT) printed.shift();
      options.log(`engine: ${line}`);
    });
    timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(failure(`was not ready within ${readyMs} ms`));
    }, readyMs);
    void exited.then(({ code, signal }) => {
      reject(failure(`ended before it was ready (${signal ?? `exit code ${String(code)}`})`));
    });
  });
  try {
    return await announced;
  } finally {
    clearTimeout(timer);
  }
}

function readyLine(line: string): { url: string; pid: number } | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  return JSON.parse(line) as { url: string; pid: number };
}

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(take);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}
