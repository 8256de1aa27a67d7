import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lock, LockedError } from './folder-lock.js';
import { identify } from './process/identity.js';

const root = mkdtempSync(join(tmpdir(), 'keywatch-lock-'));
let file = '';
beforeEach(() => {
  file = join(mkdtempSync(join(root, 'case-')), 'lock');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('a folder lock', () => {
  it('is refused while a running process holds it, and names that process', async () => {
    const held = await lock(file);
    await expect(lock(file)).rejects.toThrow(LockedError);
    await expect(lock(file)).rejects.toThrow(`process ${process.pid}`);
    await held.release();
    await (await lock(file)).release();
    expect(readdirSync(join(file, '..'))).toEqual([]);
  });

  it('is given to exactly one of many that ask at once', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lock(file)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is given to exactly one of many that find a stale one', async () => {
    writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, started: 'long ago' }));
    // Of the one who was killed in the middle of taking over.
    writeFileSync(`${file}.next`, JSON.stringify({ pid: 2 ** 22 + 2, started: 'long ago' }));
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => lock(file)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(join(file, '..'))).toEqual(['lock']);
  });

  it('counts for nothing once its owner was killed', async () => {
    const owner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    writeFileSync(file, JSON.stringify(identify(owner.pid ?? 0)));
    await expect(lock(file)).rejects.toThrow(LockedError);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    await (await lock(file)).release();
  });

  it('counts for nothing when its number belongs to another process by now', async () => {
    writeFileSync(file, JSON.stringify({ pid: process.pid, started: 'before this process' }));
    await (await lock(file)).release();
  });

  it('counts for nothing when the file was cut short by a crash', async () => {
    writeFileSync(file, '{"pid":');
    await (await lock(file)).release();
  });

  it('waits for the holder as long as it was told to', async () => {
    const held = await lock(file);
    const second = lock(file, 10_000);
    await held.release();
    await (await second).release();
  });

  it('removes only its own file when it is released late', async () => {
    const first = await lock(file);
    rmSync(file);
    await lock(file);
    await first.release();
    await expect(lock(file)).rejects.toThrow(LockedError);
  });
});
