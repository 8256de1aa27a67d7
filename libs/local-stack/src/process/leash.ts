import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { errorCode } from '../files.js';
import { type Exit, type Service } from '../service.js';
import { becomes } from '../waiting.js';

export interface LeashedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** An open file for what the command prints (both streams). A file, not a pipe: it outlives us without blocking. */
  readonly output: number;
  /** How long the command may take to end after SIGTERM before SIGKILL; 10 s unless told. */
  readonly graceMs?: number;
}

export interface Leashed extends Service {
  readonly pid: number;
  readonly leashPid: number;
}

const DEFAULT_GRACE_MS = 10_000;

/**
 * Starts a command that ends when this process ends, however it ends (see leash.main.ts).
 * It runs in a process group of its own: Ctrl-C in the terminal reaches us, and we end things in order.
 * @throws Error when the command can't be started.
 */
export async function startLeashed(options: LeashedCommand): Promise<Leashed> {
  const graceMs = options.graceMs ?? DEFAULT_GRACE_MS;
  const leash = fork(leashFile(), [String(graceMs), options.command, ...options.args], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['pipe', options.output, options.output, 'ipc'],
    detached: true,
    execArgv: [],
  });
  const exited = exitOf(leash);
  // A write end of a pipe to a process that is gone: the exit tells it better.
  leash.stdin?.on('error', () => undefined);
  const pid = await Promise.race([pidOfCommand(leash), exited.then(() => undefined)]);
  const leashPid = leash.pid;
  if (pid === undefined || leashPid === undefined) {
    throw new Error(`${options.command} could not be started: is it installed?`);
  }
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    leash.stdin?.end();
    const ended = exited.then(() => true);
    // The leash forces the command after the grace; a leash that is stuck itself is forced here.
    const inTime = becomes(
      () => leash.exitCode !== null || leash.signalCode !== null,
      graceMs + 5_000,
    );
    if (!(await Promise.race([ended, inTime]))) leash.kill('SIGKILL');
    await exited;
  };
  return {
    pid,
    leashPid,
    exited,
    stop: () => (stopping ??= stop()),
    kill(signal) {
      if (leash.exitCode === null && leash.signalCode === null) sendSignal(pid, signal);
    },
  };
}

/** Sends a signal; a process that is gone already is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}

/** From the build it is JavaScript; from source, Node runs the TypeScript file as it is. */
function leashFile(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./leash.main.${extension}`, import.meta.url));
}

async function pidOfCommand(leash: ChildProcess): Promise<number> {
  const [message] = (await once(leash, 'message')) as [{ pid: number }];
  return message.pid;
}

function exitOf(leash: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    leash.once('error', () => {
      resolve({});
    });
    leash.once('exit', (code, signal) => {
      resolve(signal !== null ? { signal } : fromShell(code ?? 0));
    });
  });
}

/** 128 + n is a shell's way to say: ended by signal n. */
function fromShell(code: number): Exit {
  const named = Object.entries(constants.signals).find(([, number]) => code === 128 + number);
  return named === undefined ? { code } : { signal: named[0] as NodeJS.Signals };
}
