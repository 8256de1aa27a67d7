import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFolder, readRuntime } from './runtime.js';

const root = mkdtempSync(join(tmpdir(), 'keywatch-runtime-'));
let dir = '';
beforeEach(() => {
  dir = join(mkdtempSync(join(root, 'case-')), 'data');
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const ADDRESSES = {
  brokers: ['127.0.0.1:9092'],
  clickhouse: {
    url: 'http://127.0.0.1:8123',
    user: 'keywatch',
    password: 'secret',
    analyst: { user: 'analyst', password: 'other' },
  },
  api: 'http://127.0.0.1:4100',
};

describe('the runtime file', () => {
  it('tells other commands where the running stack is', async () => {
    const folder = await claimFolder(dir);
    await folder.publish(ADDRESSES);
    expect(await readRuntime(dir)).toEqual({
      ...ADDRESSES,
      pid: process.pid,
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    await folder.release();
  });

  it('is refused where the engine would take its path for a pattern, and nothing is made', async () => {
    await expect(claimFolder(`${dir}{1}`)).rejects.toThrow(/has a '\{' in it.*without \* \? \{ \}/);
    expect(existsSync(`${dir}{1}`)).toBe(false);
  });

  it('is readable by its owner only, as is a new data folder', async () => {
    const folder = await claimFolder(dir);
    await folder.publish(ADDRESSES);
    expect(statSync(join(dir, 'runtime.json')).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    await folder.release();
  });

  it('is gone after a clean stop', async () => {
    const folder = await claimFolder(dir);
    await folder.publish(ADDRESSES);
    await folder.release();
    expect(await readRuntime(dir)).toBeUndefined();
  });

  it('counts for nothing when its writer is gone, even if the number is in use again', async () => {
    const folder = await claimFolder(dir);
    await folder.publish(ADDRESSES);
    const file = join(dir, 'runtime.json');
    const value = JSON.parse(readFileSync(file, 'utf8')) as { process: object };
    const stale = { ...value, process: { ...value.process, started: 'earlier' } };
    writeFileSync(file, JSON.stringify(stale));
    expect(await readRuntime(dir)).toBeUndefined();
    await folder.release();
  });

  it.each(['', '{"brokers":[]}', '[1]'])('is no address when it holds %j', async (text) => {
    const folder = await claimFolder(dir);
    writeFileSync(join(dir, 'runtime.json'), text);
    expect(await readRuntime(dir)).toBeUndefined();
    await folder.release();
  });

  it('is undefined for a folder that was never used', async () => {
    expect(await readRuntime(join(root, 'nowhere'))).toBeUndefined();
  });
});

describe('a data folder', () => {
  it('is refused to a second stack, which is told what to do', async () => {
    const folder = await claimFolder(dir);
    await expect(claimFolder(dir)).rejects.toThrow(
      `Keywatch already runs on ${dir} (process ${process.pid}). Stop it with Ctrl-C or: kill ${process.pid}. Or choose another folder with --data.`,
    );
    await folder.release();
    await (await claimFolder(dir)).release();
  });
});
