import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ReplayJob, ReplayLine } from '@keywatch/detection';
import { runReplay } from './run-replay.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'keywatch-run-replay-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const job: ReplayJob = {
  brokers: ['b:1'],
  fromMs: 1,
  toMs: 2,
  parts: [],
  hasStates: false,
  policy: { rules: {}, tenants: {}, exceptions: [] },
};

async function lines(code: string, signal = new AbortController().signal): Promise<ReplayLine[]> {
  const main = join(dir, 'replay.mjs');
  await writeFile(main, code);
  const said: ReplayLine[] = [];
  for await (const line of runReplay(job, signal, main)) said.push(line);
  return said;
}

describe('the process of a replay', () => {
  it('gets its job and says lines', async () => {
    const code = `process.stdin.once('data', (text) => {
      const { fromMs } = JSON.parse(text);
      console.log(JSON.stringify({ kind: 'part', partition: fromMs }));
      console.log('{"kind":"end"}');
      process.stdin.destroy();
    });`;
    expect(await lines(code)).toEqual([{ kind: 'part', partition: 1 }, { kind: 'end' }]);
  });

  it('is not whole without its last line: its words say why', async () => {
    const words = `console.error('{"level":"error","msg":"no broker"}'); process.exit(1);`;
    await expect(lines(words)).rejects.toThrow('The replay failed: no broker');
    await expect(lines(`process.exit(3);`)).rejects.toThrow('The replay failed: exit code 3');
    await expect(lines(`console.log('{"kind":"part"}');`)).rejects.toThrow('exit code 0');
    await expect(lines(`process.kill(process.pid, 'SIGKILL');`)).rejects.toThrow('SIGKILL');
  });

  it('says what helps where its memory is full', async () => {
    const code = `console.error('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\\n----- Native stack trace -----');
      process.kill(process.pid, 'SIGABRT');`;
    await expect(lines(code)).rejects.toThrow(/memory is full.*--max-old-space-size=8192/);
  });

  it('ends when it is interrupted', async () => {
    const interruption = new AbortController();
    const running = lines(`setInterval(() => {}, 1000);`, interruption.signal);
    setTimeout(() => {
      interruption.abort();
    }, 200);
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect(lines('', interruption.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('ends when nobody reads on', async () => {
    const main = join(dir, 'replay.mjs');
    await writeFile(
      main,
      `console.log(JSON.stringify({ kind: 'pid', pid: process.pid })); setInterval(() => {}, 1000);`,
    );
    let pid = 0;
    for await (const line of runReplay(job, new AbortController().signal, main)) {
      // The process of this test says what no replay says.
      pid = (line as unknown as { pid: number }).pid;
      break;
    }
    const isGone = (): boolean => {
      try {
        process.kill(pid, 0);
        return false;
      } catch {
        return true;
      }
    };
    while (!isGone()) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(pid).toBeGreaterThan(0);
  });

  it('says what is not built', async () => {
    const nowhere = runReplay(job, new AbortController().signal, join(dir, 'none.js'));
    await expect(nowhere.next()).rejects.toThrow('detect is not built');
  });
});
