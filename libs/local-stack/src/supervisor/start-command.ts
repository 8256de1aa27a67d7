import { LEASH_VARIABLE } from '@keywatch/platform';
import { type ChildProcess } from 'node:child_process';
import { type Command } from 'concurrently';
import { execa } from 'execa';
import { sendSignal } from '../process/leash.js';
import { describeExit, type Exit, type Service } from '../service.js';
import { becomes, within } from '../waiting.js';
import { type CommandSpec } from './process-spec.js';

const READY_MS = 120_000;

/**
 * How a command is spawned: its standard input is a pipe that ends with us (the leash), and it runs in a process group
 * of its own, so that Ctrl-C in the terminal reaches only the supervisor, which ends things in order.
 */
export const spawnCommand = (spec: CommandSpec) => (): ChildProcess => {
  const child = execa(spec.command, spec.args ?? [], {
    env: { ...spec.env, [LEASH_VARIABLE]: '1' },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
    buffer: false,
    detached: true,
    cleanup: false,
    reject: false,
  });
  // A write end of a pipe to a process that is gone: the exit tells it better.
  child.stdin.on('error', () => undefined);
  return child.nodeChildProcess;
};

/**
 * Starts a command and waits until it is up.
 * @throws Error when it can't be started, ends, or isn't up in time; it is gone by then.
 */
export async function startCommand(
  spec: CommandSpec,
  command: Command,
  graceMs: number,
  signal: AbortSignal,
): Promise<Service> {
  const exited = exitOf(command);
  command.start();
  const service = serviceOf(command, exited, graceMs);
  if (service.pid === undefined) {
    await exited;
    throw new Error(`cannot start ${spec.command}: is it installed?`);
  }
  const over = new AbortController();
  const limit = spec.readyTimeoutMs ?? READY_MS;
  try {
    const ready = spec.ready?.(AbortSignal.any([signal, over.signal])) ?? Promise.resolve();
    const failed = exited.then((exit): never => {
      throw new Error(`${describeExit(exit)} before it was ready`);
    });
    await within(
      limit,
      Promise.race([ready, failed, aborted(signal, over.signal)]),
      () => `not ready within ${limit / 1000} s`,
    );
    return service;
  } catch (error) {
    await service.stop();
    throw error;
  } finally {
    over.abort();
  }
}

function serviceOf(command: Command, exited: Promise<Exit>, graceMs: number): Service {
  const pid = command.pid;
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  const kill = (signal: NodeJS.Signals): void => {
    if (!gone && pid !== undefined) sendSignal(pid, signal);
  };
  return {
    ...(pid === undefined ? {} : { pid }),
    exited,
    kill,
    async stop() {
      kill('SIGTERM');
      if (!(await Promise.race([exited.then(() => true), becomes(() => gone, graceMs)]))) {
        kill('SIGKILL');
      }
      await exited;
    },
  };
}

/** The next end of the command; concurrently gives an exit code or the name of a signal. */
function exitOf(command: Command): Promise<Exit> {
  return new Promise((resolve) => {
    const ended = command.close.subscribe(({ exitCode }) => {
      ended.unsubscribe();
      resolve(
        typeof exitCode === 'number' ? { code: exitCode } : { signal: exitCode as NodeJS.Signals },
      );
    });
  });
}

/** Rejects when `signal` aborts; lets go of it when `over` does: a process may be started again for ever. */
function aborted(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => {
      reject(new Error('stopped while it started'));
    };
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true, signal: over });
  });
}
