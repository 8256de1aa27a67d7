import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { engineAvailable } from './chdb.js';
import { loadCredentials } from './credentials.js';
import { type EngineHandle, startEngine } from './start-engine.js';

const here = engineAvailable();
if (!here.available) console.warn(`SKIPPED, kills of the engine: ${here.reason}`);

/** Whether processes can be traced here; else why not. */
const strace = ((): { works: boolean; reason: string } => {
  const probe = spawnSync('strace', ['-f', '-e', 'trace=rename', '-o', '/dev/null', 'true']);
  if (probe.error !== undefined)
    return { works: false, reason: 'strace is not installed (apt-get install strace)' };
  return {
    works: probe.status === 0,
    reason: `strace does not work here: ${probe.stderr.toString()}`,
  };
})();
if (!strace.works)
  console.warn(`SKIPPED, the kill between deduplication record and part: ${strace.reason}`);

const main = fileURLToPath(new URL('../../dist/engine/engine.main.js', import.meta.url));
const ENV = { ...process.env, UV_THREADPOOL_SIZE: '16', TZ: 'UTC' };

type Address = Pick<EngineHandle, 'url' | 'user' | 'password'>;

async function ask(to: Address, url: Record<string, string>, body = ''): Promise<string> {
  const response = await fetch(`${to.url}/?${new URLSearchParams(url).toString()}`, {
    method: 'POST',
    body,
    headers: { 'x-clickhouse-user': to.user, 'x-clickhouse-key': to.password },
  });
  const text = (await response.text()).trimEnd();
  if (!response.ok) throw new Error(text);
  return text;
}

const WINDOW = 'SETTINGS non_replicated_deduplication_window = 1000';
const SCHEMA = [
  'CREATE TABLE intake (id UInt64, time DateTime, key String) ENGINE = Null',
  `CREATE TABLE events (id UInt64, time DateTime, key String) ENGINE = MergeTree PARTITION BY toYYYYMM(time) ORDER BY id ${WINDOW}`,
  `CREATE TABLE usage (key String, month UInt32, n UInt64) ENGINE = SummingMergeTree PARTITION BY month ORDER BY (key, month) ${WINDOW}`,
  'CREATE MATERIALIZED VIEW to_events TO events AS SELECT id, time, key FROM intake',
  'CREATE MATERIALIZED VIEW to_usage TO usage AS SELECT key, toYYYYMM(time) AS month, count() AS n FROM intake GROUP BY key, month',
];

const DAY = 86_400;
const START = Date.UTC(2026, 0, 5) / 1000;

/** `count` rows from id `from`, spread over `months`. */
function rows(from: number, count: number, months: number): string {
  const lines = Array.from({ length: count }, (_, i) =>
    JSON.stringify([from + i, START + (i % months) * 31 * DAY, `key_${i % 97}`]),
  );
  return lines.join('\n');
}

const insert = (to: Address, token: string, data: string): Promise<string> =>
  ask(
    to,
    {
      query: 'INSERT INTO intake (id, time, key) FORMAT JSONCompactEachRow',
      async_insert: '0',
      insert_deduplication_token: token,
      deduplicate_blocks_in_dependent_materialized_views: '1',
    },
    data,
  );

const counts = (to: Address): Promise<string> =>
  ask(to, {
    query:
      'SELECT count(), uniqExact(id), (SELECT sum(n) FROM usage) FROM events FORMAT JSONCompactEachRow',
    output_format_json_quote_64bit_integers: '0',
  });

const becomes = async (fact: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await fact())) await new Promise((resolve) => setImmediate(resolve));
};

(here.available ? describe : describe.skip)('the engine as a process', () => {
  let folder: string;
  let engines: EngineHandle[];
  let log: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'engine-crash-'));
    engines = [];
    log = [];
  });
  afterEach(async () => {
    for (const engine of engines) engine.kill('SIGKILL');
    await Promise.all(engines.map(({ exited }) => exited));
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (dataDir = folder): Promise<EngineHandle> => {
    const engine = await startEngine({ dataDir, log: (line) => log.push(line) });
    engines.push(engine);
    return engine;
  };
  const prepare = async (dataDir = folder): Promise<void> => {
    const engine = await start(dataDir);
    for (const query of SCHEMA) await ask(engine, { query });
    await engine.stop();
  };

  it('keeps data and passwords over a restart, and ends with code 0 on SIGTERM', async () => {
    const first = await start();
    for (const query of SCHEMA) await ask(first, { query });
    await insert(first, 'a', rows(0, 10, 2));
    await insert(first, 'a', rows(0, 10, 2));
    await first.stop();
    await expect(first.exited).resolves.toEqual({ code: 0 });
    const second = await start();
    expect(second.password).toBe(first.password);
    await insert(second, 'a', rows(0, 10, 2));
    await expect(counts(second)).resolves.toBe('[10, 10, 10]');
    expect(log.filter((line) => line.includes('repaired'))).toEqual([]);
  }, 60_000);

  it('refuses a second owner by the name of the folder and the first one’s pid, until that one is gone', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(
      `The data folder ${folder} is in use by process ${first.pid}: stop that one first, or use another folder`,
    );
    first.kill('SIGKILL');
    await expect(first.exited).resolves.toEqual({ signal: 'SIGKILL' });
    await expect(start()).resolves.toMatchObject({ user: 'keywatch' });
  }, 60_000);

  it('finishes inserts under way before it ends', async () => {
    const engine = await start();
    for (const query of SCHEMA) await ask(engine, { query });
    const writing = insert(engine, 'a', rows(0, 300_000, 2));
    // Settled or not, the request has arrived when another one is answered.
    await ask(engine, { query: 'SELECT 1' });
    await Promise.all([engine.stop(), writing]);
    await expect(engine.exited).resolves.toEqual({ code: 0 });
    await expect(counts(await start())).resolves.toBe('[300000, 300000, 300000]');
  }, 60_000);

  it('does not wait for questions when it ends', async () => {
    const engine = await start();
    const query = 'SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 7';
    const asked = ask(engine, { query }).catch((error: unknown) => String(error));
    await becomes(async () =>
      (await ask(engine, { query: 'SHOW PROCESSLIST' })).includes('sipHash'),
    );
    await engine.stop();
    await expect(engine.exited).resolves.toEqual({ code: 0 });
    await expect(asked).resolves.toContain('Code: 236');
  }, 60_000);

  it('loses and doubles nothing when it is killed in the middle of inserts that are sent again', async () => {
    await prepare();
    const count = 20_000;
    const kills = 3;
    for (let i = 0; i < kills; i++) {
      const data = rows(i * count, count, 6);
      const engine = await start();
      const before = partsOnDisk(folder);
      const sent = insert(engine, `range-${i}`, data).catch(() => undefined);
      // The first part on disk: the insert is somewhere in the middle of its twelve.
      await becomes(() => [...partsOnDisk(folder)].some((part) => !before.has(part)));
      engine.kill('SIGKILL');
      await Promise.all([engine.exited, sent]);
      const again = await start();
      await insert(again, `range-${i}`, data);
      const all = (i + 1) * count;
      await expect(counts(again)).resolves.toBe(`[${all}, ${all}, ${all}]`);
      await again.stop();
    }
  }, 120_000);

  it('ends when the process that started it is killed', async () => {
    const index = new URL('../../dist/engine/index.js', import.meta.url).href;
    const script = `import { startEngine } from '${index}';
      const { pid } = await startEngine({ dataDir: process.argv[1], log: () => undefined });
      process.stdout.write(String(pid));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script, folder]);
    const [pid] = (await once(parent.stdout, 'data')) as [Buffer];
    parent.kill('SIGKILL');
    await becomes(() => {
      try {
        return !process.kill(Number(pid), 0);
      } catch {
        return true;
      }
    });
    await expect(start()).resolves.toBeDefined();
  }, 60_000);

  it('ends when its standard input ends, with --leash only', async () => {
    const child = spawn(process.execPath, [main, '--data', folder, '--port', '0', '--leash'], {
      env: ENV,
    });
    await once(child.stdout, 'data');
    child.stdin.end();
    await expect(once(child, 'exit')).resolves.toEqual([0, null]);
    const free = spawn(process.execPath, [main, '--data', folder, '--port', '0'], { env: ENV });
    free.stdin.end();
    const [line] = (await once(free.stdout, 'data')) as [Buffer];
    const { url, pid } = JSON.parse(line.toString()) as { url: string; pid: number };
    expect(pid).toBe(free.pid);
    expect((await fetch(`${url}/ping`)).status).toBe(200);
    free.kill('SIGINT');
    await expect(once(free, 'exit')).resolves.toEqual([0, null]);
  }, 60_000);

  it('says what is wrong with the way it is started', async () => {
    const run = (args: string[], env: NodeJS.ProcessEnv = ENV): string => {
      const { status, stderr } = spawnSync(process.execPath, [main, ...args], { env });
      expect(status).toBe(1);
      return stderr.toString();
    };
    const { UV_THREADPOOL_SIZE, ...bare } = ENV;
    expect(UV_THREADPOOL_SIZE).toBe('16');
    expect(run(['--data', folder, '--port', '0'], bare)).toContain('UV_THREADPOOL_SIZE=16');
    expect(run(['--port', '0'])).toContain('usage:');
    expect(run(['--data', folder, '--port', 'x'])).toContain('usage:');
    expect(run(['--data', folder, '--nonsense'])).toContain('--nonsense');
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    await expect(startEngine({ dataDir: folder, port, log: () => undefined })).rejects.toThrow(
      /ended before it was ready \(exit code 1\)[\s\S]*EADDRINUSE/,
    );
    taken.close();
    await expect(
      startEngine({ dataDir: folder, log: () => undefined, readyMs: 1 }),
    ).rejects.toThrow('was not ready within 1 ms');
  }, 60_000);

  (strace.works ? it : it.skip)(
    'loses no row when it is killed exactly between the deduplication record and its part',
    async () => {
      const template = join(folder, 'template');
      const scratch = join(folder, 'scratch');
      await prepare(template);
      const data = rows(0, 100, 2);
      const attempt = async (inject: string[]): Promise<string> => {
        rmSync(scratch, { recursive: true, force: true });
        cpSync(template, scratch, { recursive: true });
        const trace = join(folder, 'trace.txt');
        await tracedInsert(scratch, ['-f', '-e', 'trace=rename', ...inject, '-o', trace], data);
        return readFileSync(trace, 'utf8');
      };
      const renames = (await attempt([])).split('\n').filter((line) => line.includes('rename('));
      const places = renames.flatMap((line, i) => (line.includes('tmp_insert_') ? [i + 1] : []));
      // Two months in each of two tables.
      expect(places).toHaveLength(4);
      for (const place of places) {
        const trace = await attempt(['-e', `inject=rename:signal=SIGKILL:when=${place}`]);
        expect(trace).toContain('killed by SIGKILL');
        expect(trace.split('\n').findLast((line) => line.includes('rename('))).toContain(
          'tmp_insert_',
        );
        log = [];
        const engine = await start(scratch);
        expect(log.filter((line) => line.includes('repaired'))).toHaveLength(1);
        await insert(engine, 'traced', data);
        await expect(counts(engine)).resolves.toBe('[100, 100, 100]');
        await insert(engine, 'traced', data);
        await expect(counts(engine)).resolves.toBe('[100, 100, 100]');
        await engine.stop();
      }
    },
    180_000,
  );
});

/** Starts the engine under strace, sends one insert, and waits until the engine has ended, by the kill or by SIGTERM. */
async function tracedInsert(dataDir: string, options: string[], data: string): Promise<void> {
  const args = [...options, process.execPath, main, '--data', dataDir, '--port', '0', '--leash'];
  const child = spawn('strace', args, { env: ENV });
  const ended = once(child, 'exit');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(line.toString()) as { url: string };
  const { user, password } = await loadCredentials(dataDir);
  await insert({ url, user, password }, 'traced', data).catch(() => undefined);
  child.stdin.end();
  await ended;
}

/** Names of the parts in all tables, whoever made them. */
function partsOnDisk(dataDir: string): ReadonlySet<string> {
  const list = (folder: string): string[] => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  };
  const store = join(dataDir, 'clickhouse', 'store');
  const names = list(store).flatMap(list).flatMap(list);
  return new Set(names.filter((name) => /\/2026\d\d_\d+_\d+_\d+$/.test(name)));
}
