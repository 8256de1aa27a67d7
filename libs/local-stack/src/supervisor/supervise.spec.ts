import { afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { identify, isRunning, type ProcessIdentity } from '../process/identity.js';
import { type Exit, type Service } from '../service.js';
import { becomes } from '../waiting.js';
import { type Backoff, restartDelay } from './backoff.js';
import { type CommandSpec, type ProcessSpec, type ServiceSpec } from './process-spec.js';
import { supervise, type SuperviseOptions, type Supervisor } from './supervise.js';
import { type ProcessState } from './supervised.js';

const LIMIT_MS = 15_000;
const QUICK: Backoff = { firstMs: 5, maxMs: 20, stableMs: 60_000 };
const LEASH = new URL('../../../platform/src/leash.ts', import.meta.url).href;
/** An app as ours are: ends in good order on SIGTERM, and when its supervisor is gone. */
const APP = `const { exitWhenOrphaned } = await import(${JSON.stringify(LEASH)});
  exitWhenOrphaned();
  process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });
  console.log('pid ' + process.pid);
  setInterval(() => {}, 1000);`;
const STUBBORN = `process.on('SIGTERM', () => {}); console.log('pid ' + process.pid); setInterval(() => {}, 1000);`;

const node = (name: string, script: string, more: Partial<CommandSpec> = {}): CommandSpec => ({
  name,
  command: process.execPath,
  args: ['--input-type=module', '-e', script],
  ...more,
});

const running: Supervisor[] = [];
const lines: string[] = [];
const changes: ProcessState[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
  lines.length = 0;
  changes.length = 0;
});

function run(processes: ProcessSpec[], more: Partial<SuperviseOptions> = {}): Supervisor {
  const one = supervise({ processes, log: (line) => lines.push(line), backoff: QUICK, ...more });
  one.onChange((state) => changes.push(state));
  running.push(one);
  return one;
}

const fact = async (is: () => boolean): Promise<void> => {
  if (!(await becomes(is, LIMIT_MS, 10)))
    throw new Error(`it never came; lines: ${lines.join('\n')}`);
};
const said = (text: string): Promise<void> => fact(() => lines.some((line) => line.includes(text)));
const stateOf = (one: Supervisor, name: string): ProcessState | undefined =>
  one.states().find((state) => state.name === name);
const isIn = (one: Supervisor, name: string, state: string): Promise<void> =>
  fact(() => stateOf(one, name)?.state === state);

/** A service whose life the test holds in its hands. */
class Puppet implements Service {
  static readonly ended: string[] = [];
  readonly #exit = Promise.withResolvers<Exit>();
  readonly exited = this.#exit.promise;
  constructor(private readonly name: string) {}
  end(exit: Exit): void {
    this.#exit.resolve(exit);
  }
  stop(): Promise<void> {
    Puppet.ended.push(this.name);
    this.end({ code: 0 });
    return Promise.resolve();
  }
  kill(signal: NodeJS.Signals): void {
    this.end({ signal });
  }
}

describe('supervise', () => {
  it('prints whole lines with the name of their process, also a last one without an end', async () => {
    const one = run([
      node('ingest', `process.stdout.write('one\\ntwo'); process.stderr.write('three\\n')`, {
        restart: false,
      }),
      node('api', `console.log('four')`, { restart: false }),
    ]);
    await isIn(one, 'ingest', 'exited');
    await isIn(one, 'api', 'exited');
    expect([...lines].sort()).toEqual([
      '[api   ] four',
      '[ingest] one',
      '[ingest] three',
      '[ingest] two',
    ]);
  });

  it('starts a process when those before it are up, and not earlier', async () => {
    const broker = Promise.withResolvers<Service>();
    const one = run([
      node('app', APP, { after: ['broker'] }),
      { name: 'broker', start: () => broker.promise },
    ]);
    await isIn(one, 'broker', 'starting');
    expect(stateOf(one, 'app')?.state).toBe('waiting');
    broker.resolve(new Puppet('broker'));
    await one.started;
    expect(stateOf(one, 'app')).toMatchObject({ state: 'up', pid: expect.any(Number) });
  });

  it('calls a process up when its hook says so', async () => {
    const ready = Promise.withResolvers<undefined>();
    const one = run([node('app', APP, { ready: () => ready.promise })]);
    await said('pid ');
    expect(stateOf(one, 'app')?.state).toBe('starting');
    ready.resolve(undefined);
    await one.started;
    expect(stateOf(one, 'app')?.state).toBe('up');
  });

  it('ends and starts again what is not ready in time', async () => {
    const never = () => new Promise<void>(() => undefined);
    const one = run([node('app', APP, { ready: never, readyTimeoutMs: 50 })], { giveUpAfter: 2 });
    await expect(one.started).rejects.toThrow('app: not ready within 0.05 s');
    expect(stateOf(one, 'app')).toEqual({
      name: 'app',
      state: 'gave-up',
      restarts: 1,
      lastEnd: 'not ready within 0.05 s',
    });
  });

  it('starts again what ended by itself, says so, and counts', async () => {
    const one = run([node('app', 'process.exit(3)')], { giveUpAfter: 3 });
    await isIn(one, 'app', 'gave-up');
    expect(stateOf(one, 'app')).toMatchObject({ restarts: 2, lastEnd: 'ended with exit code 3' });
    expect(lines).toEqual([
      '[app] ended with exit code 3; restart 1',
      '[app] ended with exit code 3; restart 2',
      '[app] ended with exit code 3; not started again',
    ]);
    expect(
      changes.filter(({ state }) => state === 'restarting').map(({ restarts }) => restarts),
    ).toEqual([1, 2]);
  });

  it('starts again a process that was killed, under a new pid', async () => {
    const one = run([node('app', APP)]);
    await said('pid ');
    const before = stateOf(one, 'app')?.pid;
    one.kill('app', 'SIGKILL');
    await fact(() => stateOf(one, 'app')?.state === 'up' && stateOf(one, 'app')?.pid !== before);
    expect(stateOf(one, 'app')).toMatchObject({ restarts: 1, lastEnd: 'was ended by SIGKILL' });
  });

  it('starts a service again that ended, such as a broker that was killed', async () => {
    const lives: Puppet[] = [];
    const start: ServiceSpec['start'] = () => {
      const life = new Puppet('broker');
      lives.push(life);
      return Promise.resolve(life);
    };
    const one = run([{ name: 'broker', start }]);
    await one.started;
    one.kill('broker', 'SIGKILL');
    await fact(() => lives.length === 2 && stateOf(one, 'broker')?.state === 'up');
  });

  it('does not start again what should end: an exit code 0 is its end, any other gives it up', async () => {
    const one = run([
      node('well', 'process.exit(0)', { restart: false }),
      node('badly', 'process.exit(1)', { restart: false }),
    ]);
    await isIn(one, 'well', 'exited');
    await isIn(one, 'badly', 'gave-up');
    expect(one.states().map(({ restarts }) => restarts)).toEqual([0, 0]);
  });

  it('gives up those after a process that it gave up', async () => {
    const one = run(
      [
        { name: 'broker', start: () => Promise.reject(new Error('no Java')) },
        node('app', APP, { after: ['broker'] }),
      ],
      { giveUpAfter: 1 },
    );
    await expect(one.started).rejects.toThrow('broker: no Java');
    await isIn(one, 'app', 'gave-up');
  });

  it('says that a command is not there', async () => {
    const one = run([{ name: 'app', command: '/nowhere/app' }], { giveUpAfter: 1 });
    await expect(one.started).rejects.toThrow('cannot start /nowhere/app: is it installed?');
  });

  it('stops in reverse order and in good order', async () => {
    Puppet.ended.length = 0;
    const puppet = (name: string, after: string[] = []): ServiceSpec => ({
      name,
      after,
      start: () => Promise.resolve(new Puppet(name)),
    });
    const one = run([
      puppet('broker'),
      puppet('engine', ['broker']),
      node('app', APP, { after: ['engine'] }),
    ]);
    await one.started;
    await said('pid ');
    await Promise.all([one.stop(), one.stop()]);
    await one.stopped;
    expect(Puppet.ended).toEqual(['engine', 'broker']);
    expect(lines.at(-1)).toBe('[app   ] bye');
    expect(one.states().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(one.states().every(({ pid }) => pid === undefined)).toBe(true);
  });

  it('forces a process that does not end within its grace', async () => {
    const one = run([node('app', STUBBORN)], { graceMs: 200 });
    await said('pid ');
    const identity = identify(stateOf(one, 'app')?.pid ?? 0);
    await one.stop();
    expect(identity !== undefined && !isRunning(identity)).toBe(true);
  });

  it('stops a process that is still starting, or waits for its next start', async () => {
    const one = run(
      [
        node('starting', APP, { ready: () => new Promise<void>(() => undefined) }),
        node('restarting', 'process.exit(1)'),
        node('waiting', APP, { after: ['starting'] }),
      ],
      { backoff: { ...QUICK, firstMs: 600_000, maxMs: 600_000 } },
    );
    await isIn(one, 'restarting', 'restarting');
    await said('pid ');
    await one.stop();
    await expect(one.started).rejects.toThrow('stopped before it was up');
    expect(one.states().map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  });

  it('stops when its signal aborts', async () => {
    const off = new AbortController();
    const one = run([node('app', APP)], { signal: off.signal });
    await said('pid ');
    off.abort();
    await one.stopped;
    expect(stateOf(one, 'app')?.state).toBe('stopped');
  });

  it('refuses an order that cannot be kept', () => {
    expect(() => run([node('a', ''), node('a', '')])).toThrow('the same name');
    expect(() => run([node('a', '', { after: ['b'] })])).toThrow(
      'a starts after b, which is not there',
    );
    expect(() => run([node('a', '', { after: ['b'] }), node('b', '', { after: ['a'] })])).toThrow(
      'processes wait for each other: a after b after a',
    );
  });

  it(
    'leaves no orphans when it is killed with kill -9',
    async () => {
      const main = fileURLToPath(new URL('../../dist/supervisor/supervise.js', import.meta.url));
      const supervisor: ChildProcess = spawn(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `const { supervise } = await import(${JSON.stringify(main)});
         supervise({ log: console.log, processes: [
           { name: 'app', command: process.execPath, args: ['--input-type=module', '-e', ${JSON.stringify(APP)}] },
         ] });`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const output = supervisor.stdout as NodeJS.ReadableStream;
      let app: ProcessIdentity | undefined;
      createInterface(output).on('line', (line) => {
        const pid = /pid (\d+)/.exec(line)?.[1];
        if (pid !== undefined) app = identify(Number(pid));
      });
      await fact(() => app !== undefined);
      supervisor.kill('SIGKILL');
      await fact(() => app !== undefined && !isRunning(app));
    },
    LIMIT_MS * 2,
  );
});

describe('restartDelay', () => {
  it('doubles up to its cap and stays there', () => {
    const backoff = { firstMs: 500, maxMs: 15_000, stableMs: 30_000 };
    expect([1, 2, 3, 4, 5, 6, 7, 100, 10_000].map((n) => restartDelay(n, backoff))).toEqual([
      500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000,
    ]);
  });
});
