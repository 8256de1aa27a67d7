import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContainerSpec } from '../docker/docker.js';
import { ANALYST_LIMITS } from '../engine/index.js';
import { analystStatements } from './http.js';
import {
  type ClickHouseOptions,
  type ClickHouseTools,
  startClickHouse,
} from './start-clickhouse.js';

const root = mkdtempSync(join(tmpdir(), 'keywatch-clickhouse-'));
let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(root, 'case-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const noDaemon = () => Promise.reject(new Error('no socket'));

class Machine {
  spec: ContainerSpec | undefined;
  readonly did: string[] = [];
  readonly ports: (number | undefined)[] = [];

  tools(without: Partial<ClickHouseTools> = {}): ClickHouseTools {
    return {
      connectDocker: () =>
        Promise.resolve({
          pull: () => Promise.resolve(),
          run: (spec) => {
            this.spec = spec;
            return Promise.resolve({
              host: 'localhost',
              exited: new Promise(() => undefined),
              stop: () => {
                this.did.push('stop container');
                return Promise.resolve();
              },
              kill: () => undefined,
            });
          },
        }),
      answersPing: () => Promise.resolve(true),
      createAnalyst: (url, owner, analyst, views) => {
        this.did.push(`analyst at ${url} by ${owner.user} for ${analyst.user} on ${views}`);
        return Promise.resolve();
      },
      startEngine: ({ dataDir: folder, port }) => {
        this.did.push(`engine on ${folder}`);
        this.ports.push(port);
        return Promise.resolve({
          url: `http://127.0.0.1:${port ?? 0}`,
          user: 'keywatch',
          password: 'p',
          analyst: { user: 'analyst', password: 'q' },
          pid: 7,
          exited: new Promise(() => undefined),
          stop: () => Promise.resolve(),
          kill: () => undefined,
        });
      },
      ...without,
    };
  }
}

const start = (tools: ClickHouseTools, options: Partial<ClickHouseOptions> = {}) =>
  startClickHouse({ dataDir, log: () => undefined, ...options }, tools);

describe('startClickHouse', () => {
  it('uses a given address and starts nothing', async () => {
    const machine = new Machine();
    const handle = await start(machine.tools(), {
      url: 'http://db:8123',
      user: 'me',
      password: 'x',
    });
    expect(handle).toMatchObject({
      how: 'given',
      url: 'http://db:8123',
      user: 'me',
      password: 'x',
    });
    expect(handle.analyst).toBeUndefined();
    expect(machine.did).toEqual([]);
  });

  it('uses Docker with users of its own, the same again at the next start', async () => {
    const machine = new Machine();
    const first = await start(machine.tools());
    const again = await start(machine.tools());
    expect(first).toMatchObject({ how: 'docker', user: 'keywatch', analyst: { user: 'analyst' } });
    expect(first.password).toMatch(/^[\w-]{24}$/);
    expect([again.url, again.password, again.analyst]).toEqual([
      first.url,
      first.password,
      first.analyst,
    ]);
    expect(machine.did[0]).toBe(
      `analyst at ${first.url} by keywatch for analyst on keywatch_views`,
    );
    expect(machine.spec?.env('localhost')['CLICKHOUSE_PASSWORD']).toBe(first.password);
    expect(statSync(join(dataDir, 'clickhouse/docker-logins.json')).mode & 0o777).toBe(0o600);
  });

  it('starts the embedded engine without Docker, on the same port again', async () => {
    const machine = new Machine();
    const tools = machine.tools({ connectDocker: noDaemon });
    const handle = await start(tools);
    await start(tools);
    expect(handle).toMatchObject({ how: 'embedded', pid: 7, user: 'keywatch' });
    expect(machine.ports[0]).toBeGreaterThan(0);
    expect(machine.ports[1]).toBe(machine.ports[0]);
  });

  it("asks no daemon where the data is the engine's", async () => {
    const machine = new Machine();
    await start(machine.tools({ connectDocker: noDaemon }));
    expect((await start(machine.tools())).how).toBe('embedded');
    expect(machine.spec).toBeUndefined();
  });

  it('never starts an empty engine beside data in a Docker volume', async () => {
    const machine = new Machine();
    await start(machine.tools());
    await expect(start(machine.tools({ connectDocker: noDaemon }))).rejects.toThrow(
      /is in a Docker volume; start Docker, or use another folder/,
    );
  });

  it('removes the container when its users cannot be made, and goes on', async () => {
    const machine = new Machine();
    const refused = () => Promise.reject(new Error('refused'));
    const handle = await start(machine.tools({ createAnalyst: refused }));
    expect(machine.did[0]).toBe('stop container');
    expect(handle.how).toBe('embedded');
  });

  it('names all three ways, and why each failed, in one message', async () => {
    const tools = new Machine().tools({
      connectDocker: noDaemon,
      startEngine: () => Promise.reject(new Error('needs glibc')),
    });
    await expect(start(tools)).rejects.toThrow(
      `No ClickHouse to use. One of these is enough:
  1. the address of a running ClickHouse in KEYWATCH_CLICKHOUSE_URL (http://host:8123)
     now: not set
  2. Docker, to run clickhouse/clickhouse-server:26.7
     now: no Docker daemon (no socket)
  3. the embedded engine (npm package chdb; Linux with glibc, or macOS)
     now: needs glibc`,
    );
  });
});

describe('analystStatements', () => {
  const login = { user: 'analyst', password: 'a-b_1' };

  it('make a user that can only read the views, and lift no limit', () => {
    const [user, grant, ...more] = analystStatements(login, 'keywatch_views');
    expect(user).toMatch(
      /^CREATE USER OR REPLACE analyst IDENTIFIED WITH sha256_password BY 'a-b_1' DEFAULT DATABASE keywatch_views SETTINGS readonly = 2, /,
    );
    for (const [name, most] of ANALYST_LIMITS)
      expect(user).toContain(`${name} = ${most} MIN 1 MAX ${most}`);
    expect(grant).toBe('GRANT SELECT ON keywatch_views.* TO analyst');
    expect(more).toEqual([]);
  });

  it('take nothing that would need escaping', () => {
    expect(() => analystStatements({ user: 'analyst', password: "x' OR" }, 'v')).toThrow();
    expect(() => analystStatements(login, 'a b')).toThrow();
  });
});
