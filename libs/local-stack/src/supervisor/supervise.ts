import { Command } from 'concurrently';
import { type Log } from '../log.js';
import { sendSignal } from '../process/leash.js';
import { type Service } from '../service.js';
import { type Backoff, BACKOFF } from './backoff.js';
import { createOutput, type Output } from './output.js';
import { checkOrder, type CommandSpec, type ProcessSpec } from './process-spec.js';
import { spawnCommand, startCommand } from './start-command.js';
import { type ProcessState, Supervised } from './supervised.js';

export interface SuperviseOptions {
  readonly processes: readonly ProcessSpec[];
  /** Takes every line that a process prints, with its prefix, and what the supervisor does. */
  readonly log: Log;
  /** Stops everything when it aborts. */
  readonly signal?: AbortSignal;
  readonly colours?: boolean;
  readonly backoff?: Backoff;
  /** How long a command may take to end in good order before it is forced, in milliseconds; 15 s unless told. */
  readonly graceMs?: number;
  /** Failures in a row after which a process is given up; never unless told. */
  readonly giveUpAfter?: number;
}

export interface Supervisor {
  /** Settles when all have been up once; rejects with the first that is given up before. */
  readonly started: Promise<void>;
  /** Settles when stop() has ended everything. */
  readonly stopped: Promise<void>;
  states(): readonly ProcessState[];
  /** Calls `listener` at every change of a process's state; returns how to end that. */
  onChange(listener: (state: ProcessState) => void): () => void;
  /** Sends a signal to one process, as a test of what happens then. */
  kill(name: string, signal: NodeJS.Signals): void;
  /** Ends everything, those that started last first; settles when all are gone. May be called again. */
  stop(): Promise<void>;
}

const GRACE_MS = 15_000;
const COLOURS = ['cyan', 'magenta', 'green', 'yellow', 'blue', 'cyanBright', 'magentaBright'];

/**
 * Runs processes side by side: each when those before it are up, again (with growing waits) when it ends by itself, and
 * all of them no longer than this process.
 * @throws Error when the order can't be kept.
 */
export function supervise(options: SuperviseOptions): Supervisor {
  checkOrder(options.processes);
  const listeners = new Set<(state: ProcessState) => void>();
  const longest = Math.max(0, ...options.processes.map(({ name }) => name.length));
  const output = createOutput(options.log, longest, options.colours ?? false);
  const members = new Map(
    options.processes.map((spec, index) => [
      spec.name,
      {
        spec,
        unit: member(spec, index, options, output, (state) => {
          for (const l of listeners) l(state);
        }),
      },
    ]),
  );
  const unitsOf = (names: readonly string[] = []): Supervised[] =>
    names.flatMap((name) => members.get(name)?.unit ?? []);
  const stopped = Promise.withResolvers<undefined>();
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= stopInOrder(members).finally(() => {
      stopped.resolve(undefined);
    }));

  for (const { spec, unit } of members.values()) unit.start(unitsOf(spec.after));
  const started = Promise.all([...members.values()].map(({ unit }) => unit.firstUp)).then(
    () => undefined,
  );
  started.catch(() => undefined);
  if (options.signal?.aborted === true) void stop();
  else options.signal?.addEventListener('abort', () => void stop(), { once: true });
  return {
    started,
    stopped: stopped.promise,
    states: () => [...members.values()].map(({ unit }) => unit.state),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    kill: (name, signal) => members.get(name)?.unit.kill(signal),
    stop,
  };
}

interface Member {
  readonly spec: ProcessSpec;
  readonly unit: Supervised;
}

/** Each ends when those that came after it have ended. */
async function stopInOrder(members: ReadonlyMap<string, Member>): Promise<void> {
  const ended = new Map<string, Promise<void>>();
  const end = ({ spec, unit }: Member): Promise<void> => {
    const known = ended.get(spec.name);
    if (known !== undefined) return known;
    const later = [...members.values()].filter((other) => other.spec.after?.includes(spec.name));
    const promise = Promise.all(later.map(end)).then(() => unit.stop());
    ended.set(spec.name, promise);
    return promise;
  };
  await Promise.all([...members.values()].map(end));
}

function member(
  spec: ProcessSpec,
  index: number,
  options: SuperviseOptions,
  output: Output,
  changed: (state: ProcessState) => void,
): Supervised {
  const command = commandOf(spec, index, output);
  return new Supervised({
    name: spec.name,
    restart: spec.restart ?? true,
    giveUpAfter: options.giveUpAfter ?? Infinity,
    backoff: options.backoff ?? BACKOFF,
    launch: (signal): Promise<Service> =>
      'start' in spec
        ? spec.start(signal)
        : startCommand(spec, command, options.graceMs ?? GRACE_MS, signal),
    changed(state) {
      const said = sentence(state);
      if (said !== undefined) output.event(command, said);
      changed(state);
    },
  });
}

function commandOf(spec: ProcessSpec, index: number, output: Output): Command {
  const spawn = 'start' in spec ? neverSpawned : spawnCommand(spec);
  const line = 'start' in spec ? spec.name : commandLine(spec);
  const prefixColor = COLOURS[index % COLOURS.length] ?? 'white';
  const info = { index, name: spec.name, command: line, prefixColor };
  const command = new Command(info, {}, spawn, (pid, signal) => {
    sendSignal(pid, (signal ?? 'SIGTERM') as NodeJS.Signals);
  });
  output.follow(command);
  return command;
}

function neverSpawned(): never {
  throw new Error('a service starts itself');
}

const commandLine = ({ command, args = [] }: CommandSpec): string => [command, ...args].join(' ');

/** What a person should read of a change; a normal start and stop need no words. */
function sentence({ state, lastEnd, restarts }: ProcessState): string | undefined {
  if (state === 'restarting') return `${lastEnd ?? 'ended'}; restart ${restarts}`;
  if (state === 'gave-up') return `${lastEnd ?? 'ended'}; not started again`;
  return undefined;
}
