import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { becomes } from '../waiting.js';
import { identify, isRunning, type ProcessIdentity } from './identity.js';
import { type Leashed, startLeashed } from './leash.js';

const LEASH = fileURLToPath(new URL('./leash.main.ts', import.meta.url));
/** Says its pid, then lives until it is told to end. */
const OBEDIENT = 'console.log(process.pid); setInterval(() => {}, 1000)';
const STUBBORN = `process.on('SIGTERM', () => {}); ${OBEDIENT}`;
const LIMIT_MS = 15_000;

const tied =
  process.platform === 'linux' &&
  spawnSync('setpriv', ['--pdeathsig', 'KILL', '--', 'true']).status === 0;

const folder = mkdtempSync(join(tmpdir(), 'keywatch-leash-'));
const started: (Leashed | ChildProcess)[] = [];
afterEach(() => {
  for (const one of started.splice(0)) one.kill('SIGKILL');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function leashed(script: string, graceMs = 5_000): Promise<Leashed> {
  const file = join(folder, randomUUID());
  const output = openSync(file, 'a');
  try {
    const one = await startLeashed({
      command: process.execPath,
      args: ['-e', script],
      output,
      graceMs,
    });
    started.push(one);
    // Its first words come when its signal handlers are in place.
    if (script.endsWith(OBEDIENT)) {
      const said = (): boolean => readFileSync(file, 'utf8').includes(String(one.pid));
      expect(await becomes(said, LIMIT_MS)).toBe(true);
    }
    return one;
  } finally {
    closeSync(output);
  }
}

function identityOf(pid: number): ProcessIdentity {
  const identity = identify(pid);
  if (identity === undefined) throw new Error('the command is not there');
  return identity;
}

const goes = (process: ProcessIdentity): Promise<boolean> =>
  becomes(() => !isRunning(process), LIMIT_MS);

describe('the leash', () => {
  it('passes the exit code of its command on', async () => {
    const one = await leashed('process.exit(42)');
    expect(await one.exited).toEqual({ code: 42 });
  });

  it('passes on which signal ended its command', async () => {
    const one = await leashed(OBEDIENT);
    one.kill('SIGKILL');
    expect(await one.exited).toEqual({ signal: 'SIGKILL' });
  });

  it('ends like a shell, or refuses, when the command is not there', async () => {
    const output = openSync('/dev/null', 'a');
    const start = startLeashed({ command: 'no-such-command', args: [], output });
    if (tied) expect(await (await start).exited).toEqual({ code: 127 });
    else await expect(start).rejects.toThrow(/no-such-command could not be started/);
    closeSync(output);
  });

  it('ends its command in good order on stop, and a second stop changes nothing', async () => {
    const one = await leashed("process.on('SIGTERM', () => process.exit(3)); " + OBEDIENT);
    const identity = identityOf(one.pid);
    await Promise.all([one.stop(), one.stop()]);
    expect(isRunning(identity)).toBe(false);
  });

  it('forces a command that does not end within its grace', async () => {
    const one = await leashed(STUBBORN, 300);
    const identity = identityOf(one.pid);
    await one.stop();
    expect(await one.exited).toEqual({ signal: 'SIGKILL' });
    expect(isRunning(identity)).toBe(false);
  });

  it('ends its command when the holder is killed with kill -9', async () => {
    const holder = spawn(
      process.execPath,
      [
        '-e',
        `const { spawn } = require('node:child_process');
         spawn(process.execPath, [${JSON.stringify(LEASH)}, '5000', process.execPath, '-e', ${JSON.stringify(OBEDIENT)}],
           { stdio: ['pipe', 'inherit', 'inherit'], detached: true });`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    started.push(holder);
    const [line] = (await once(holder.stdout, 'data')) as [Buffer];
    const identity = identityOf(Number(line.toString()));
    holder.kill('SIGKILL');
    expect(await goes(identity)).toBe(true);
  });

  if (!tied)
    console.warn(
      'SKIPPED: the command dies with a killed leash only where setpriv (util-linux) is',
    );
  (tied ? it : it.skip)(
    'takes its command with it when it is itself killed with kill -9',
    async () => {
      const one = await leashed(STUBBORN);
      const identity = identityOf(one.pid);
      process.kill(one.leashPid, 'SIGKILL');
      expect(await goes(identity)).toBe(true);
      expect(await one.exited).toEqual({ signal: 'SIGKILL' });
    },
  );
});
