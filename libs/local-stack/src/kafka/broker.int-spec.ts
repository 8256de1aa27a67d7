import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { identify, isRunning, type ProcessIdentity } from '../process/identity.js';
import { becomes } from '../waiting.js';
import { type Broker, type BrokerOptions, startBroker } from './broker.js';
import { isReady } from './is-ready.js';
import { copyWithMaven, installJars } from './jars.js';
import { cacheFolder } from './start-kafka.js';

const LIMIT_MS = 60_000;
const root = mkdtempSync(join(tmpdir(), 'keywatch-broker-'));
const folder = join(root, 'kafka');
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);
const running: Broker[] = [];

const start = async (more: Partial<BrokerOptions> = {}): Promise<Broker> => {
  const broker = await startBroker({ folder, jars: cacheFolder(), java: 'java', log, ...more });
  running.push(broker);
  return broker;
};

beforeAll(async () => {
  await installJars(cacheFolder(), copyWithMaven('mvn'), log);
}, 5 * LIMIT_MS);
afterEach(async () => {
  await Promise.all(running.splice(0).map((broker) => broker.stop()));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('the broker from jars', () => {
  it(
    'answers, has its folder alone, ends in good order, and answers on the same port at every next start, after kill -9 too',
    async () => {
      const first = await start();
      expect(await isReady('127.0.0.1', first.port)).toBe(true);
      await expect(start()).rejects.toThrow(
        `a broker already runs on ${folder} for process ${process.pid}`,
      );
      const identity = identify(first.pid);
      await first.stop();
      expect(identity !== undefined && !isRunning(identity)).toBe(true);
      expect(await isReady('127.0.0.1', first.port)).toBe(false);

      const second = await start();
      expect(second.port).toBe(first.port);
      expect(await isReady('127.0.0.1', second.port)).toBe(true);
      second.kill('SIGKILL');
      expect(await second.exited).toEqual({ signal: 'SIGKILL' });

      const third = await start();
      expect(third.port).toBe(first.port);
      expect(await isReady('127.0.0.1', third.port)).toBe(true);
    },
    2 * LIMIT_MS,
  );

  it(
    'ends with its process after kill -9 of that, and the folder is free at once',
    async () => {
      const built = fileURLToPath(new URL('../../dist/kafka/broker.js', import.meta.url));
      const options = { folder, jars: cacheFolder(), java: 'java' };
      const holder = spawn(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `const { startBroker } = await import(${JSON.stringify(built)});
           const broker = await startBroker({ ...${JSON.stringify(options)}, log: () => {} });
           console.log(JSON.stringify({ java: broker.pid, leash: broker.leashPid }));`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const [line] = (await once(createInterface(holder.stdout), 'line')) as [string];
      const pids = JSON.parse(line) as { java: number; leash: number };
      const left = [identify(pids.java), identify(pids.leash)].filter((one) => one !== undefined);
      expect(left).toHaveLength(2);
      const ended = once(holder, 'exit');
      holder.kill('SIGKILL');
      await ended;
      const next = await start();
      expect(await isReady('127.0.0.1', next.port)).toBe(true);
      expect(
        await becomes(() => !left.some((one: ProcessIdentity) => isRunning(one)), LIMIT_MS),
      ).toBe(true);
    },
    LIMIT_MS,
  );

  it(
    'gives the end of its log when it cannot start, and lets the folder go',
    async () => {
      const meta = join(folder, 'data/meta.properties');
      const before = readFileSync(meta, 'utf8');
      writeFileSync(meta, before.replace('node.id=1', 'node.id=2'));
      await expect(start()).rejects.toThrow(
        /Kafka ended with exit code 1 while it started.*node id/s,
      );
      writeFileSync(meta, before);
      expect(existsSync(join(folder, 'lock'))).toBe(false);
    },
    LIMIT_MS,
  );

  it(
    'is ended when it does not answer in time, or its start is called off',
    async () => {
      await expect(start({ startTimeoutMs: 1 })).rejects.toThrow(
        /did not answer on port \d+ within 0\.001 s/,
      );
      const off = new AbortController();
      const starting = start({ signal: off.signal });
      off.abort(new Error('called off'));
      await expect(starting).rejects.toThrow('called off');
      expect(existsSync(join(folder, 'lock'))).toBe(false);
    },
    LIMIT_MS,
  );
});
