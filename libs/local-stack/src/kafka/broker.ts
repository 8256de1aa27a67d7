import { execa } from 'execa';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isMissing, readJson, writeAtomically } from '../files.js';
import { lock, type FolderLock, LockedError } from '../folder-lock.js';
import { type Log } from '../log.js';
import { keptPorts } from '../ports.js';
import { asIdentity, identify, isRunning } from '../process/identity.js';
import { type Leashed, sendSignal, startLeashed } from '../process/leash.js';
import { describeExit, type Service } from '../service.js';
import { becomes, messageOf } from '../waiting.js';
import { isReady } from './is-ready.js';
import { log4jConfig, serverProperties } from './server-config.js';

export interface BrokerOptions {
  /** The broker's own folder; created when missing. */
  readonly folder: string;
  /** The folder with its jars. */
  readonly jars: string;
  /** The java command. */
  readonly java: string;
  readonly log: Log;
  /** How long it may take until it answers, recovery of its log after a crash included; 120 s unless told. */
  readonly startTimeoutMs?: number;
  /** How long it may take to end in good order; 10 s unless told. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

export interface Broker extends Service {
  readonly pid: number;
  readonly leashPid: number;
  readonly port: number;
}

/** Small heap, one collector thread and only the quick compiler: starts in seconds and leaves the cores to the apps. */
const JVM = [
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:+ExitOnOutOfMemoryError',
];
const START_MS = 120_000;
const GRACE_MS = 10_000;
const FORMAT_MS = 60_000;
const TAIL_LINES = 25;

/** Whether a broker of ours has stored anything in this folder. */
export const wasFormatted = (folder: string): boolean =>
  existsSync(join(folder, 'data', 'meta.properties'));

/**
 * Starts a real single-node Kafka (KRaft) on the folder's data and waits until it answers. What it stored is there at the
 * next start, on the same ports if they are free, also after kill -9. It ends with this process (leash).
 * @throws Error with the end of its log when it ends or stays silent; when another process runs a broker on the folder.
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const folder = resolve(options.folder);
  const held = await claim(folder);
  try {
    await endOrphan(folder, options.graceMs ?? GRACE_MS, options.log);
    const ports = await keptPorts(join(folder, 'ports.json'), ['broker', 'controller']);
    const files = await writeConfig(folder, ports);
    await format(options, folder, files);
    options.signal?.throwIfAborted();
    const command = await launch(options, folder, files);
    // Who hears that it has ended may start the next one at once: the folder is free by then.
    const exited = command.exited.finally(() => held.release());
    await untilReady(options, command, ports.broker, files);
    return {
      ...command,
      port: ports.broker,
      exited,
      stop: async () => {
        await command.stop();
        await exited;
      },
    };
  } catch (error) {
    await held.release();
    throw error;
  }
}

async function claim(folder: string): Promise<FolderLock> {
  try {
    return await lock(join(folder, 'lock'));
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(
      `a broker already runs on ${folder} for process ${error.owner.pid}; stop that process, or use another folder`,
      { cause: error },
    );
  }
}

/**
 * Nobody holds the folder's lock, but the broker of a process that is gone may still be ending, or, where the leash
 * itself was killed on a system that can't tie a process to its parent, still be running.
 */
async function endOrphan(folder: string, graceMs: number, log: Log): Promise<void> {
  const orphan = asIdentity(await readJson(join(folder, 'process.json')));
  if (orphan === undefined || !isRunning(orphan)) return;
  log(`waiting for the broker of an earlier run (process ${orphan.pid}) to end`);
  sendSignal(orphan.pid, 'SIGTERM');
  const gone = (): boolean => !isRunning(orphan);
  if (await becomes(gone, graceMs)) return;
  sendSignal(orphan.pid, 'SIGKILL');
  if (!(await becomes(gone, graceMs))) {
    throw new Error(
      `the broker of an earlier run (process ${orphan.pid}) does not end; end it yourself`,
    );
  }
}

interface Files {
  readonly properties: string;
  readonly log4j: string;
  readonly log: string;
  readonly output: string;
}

async function writeConfig(
  folder: string,
  ports: { broker: number; controller: number },
): Promise<Files> {
  const files: Files = {
    properties: join(folder, 'server.properties'),
    log4j: join(folder, 'log4j2.properties'),
    log: join(folder, 'server.log'),
    output: join(folder, 'output.log'),
  };
  await mkdir(join(folder, 'data'), { recursive: true });
  await writeFile(files.properties, serverProperties(join(folder, 'data'), ports));
  await writeFile(files.log4j, log4jConfig(files.log));
  // What the JVM prints is about one run; the log beside it is kept.
  await writeFile(files.output, '');
  return files;
}

const classPath = (options: BrokerOptions, files: Files): readonly string[] => [
  `-Dlog4j2.configurationFile=${files.log4j}`,
  '-cp',
  join(options.jars, '*'),
];

/** Once per folder: gives the data its cluster id, without which Kafka refuses it. */
async function format(options: BrokerOptions, folder: string, files: Files): Promise<void> {
  if (wasFormatted(folder)) return;
  // A Kafka Uuid is base64url; one that begins with a dash would read as an option.
  const clusterId = `k${randomBytes(16).toString('base64url').slice(1)}`;
  const result = await execa(
    options.java,
    [
      ...JVM,
      ...classPath(options, files),
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      files.properties,
    ],
    { all: true, reject: false, stdin: 'ignore', timeout: FORMAT_MS },
  );
  if (result.failed) {
    throw new Error(
      `Kafka could not format ${folder}: ${result.all.trim() || result.shortMessage}`,
    );
  }
}

async function launch(options: BrokerOptions, folder: string, files: Files): Promise<Leashed> {
  const output = await open(files.output, 'a');
  try {
    const command = await startLeashed({
      command: options.java,
      args: [...JVM, ...classPath(options, files), 'kafka.Kafka', files.properties],
      cwd: folder,
      output: output.fd,
      graceMs: options.graceMs ?? GRACE_MS,
    });
    const identity = identify(command.pid);
    if (identity !== undefined) {
      await writeAtomically(join(folder, 'process.json'), JSON.stringify(identity));
    }
    return command;
  } finally {
    await output.close();
  }
}

/** @throws Error, after ending the broker, when it doesn't answer in time, ends, or the start is called off. */
async function untilReady(
  options: BrokerOptions,
  command: Leashed,
  port: number,
  files: Files,
): Promise<void> {
  const limit = options.startTimeoutMs ?? START_MS;
  let ended: string | undefined;
  void command.exited.then((exit) => {
    ended = `Kafka ${describeExit(exit)} while it started`;
  });
  const ready = async (): Promise<boolean> => {
    options.signal?.throwIfAborted();
    if (ended !== undefined) throw new Error(ended);
    return isReady('127.0.0.1', port);
  };
  try {
    if (!(await becomes(ready, limit, 100))) {
      throw new Error(`Kafka did not answer on port ${port} within ${limit / 1000} s`);
    }
  } catch (error) {
    await command.stop();
    if (options.signal?.aborted === true) throw error;
    const tail = await tailOf([files.log, files.output]);
    throw new Error(`${messageOf(error)}. The end of ${files.log}:\n${tail}`, { cause: error });
  }
}

async function tailOf(files: readonly string[]): Promise<string> {
  const texts = await Promise.all(files.map(readIfThere));
  const lines = texts.flatMap((text) => text.trimEnd().split('\n').slice(-TAIL_LINES));
  return lines.filter((line) => line !== '').join('\n');
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}
