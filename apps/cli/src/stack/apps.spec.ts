import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeServer } from '../../../../test/cli/fake-server.js';
import { APPS, appProcess, checkBuilt, mainOf, type App, type Ports } from './apps.js';

const ports: Ports = { ingest: 1, detect: 2, sweep: 3, notify: 4, api: 5 };
const none = (): Record<string, string> => ({});

describe('an app as a process', () => {
  it.each(APPS)('%s listens on 127.0.0.1, on the port that is its own', (app) => {
    const name = `KEYWATCH_${app.toUpperCase()}_PORT`;
    expect(appProcess(app, ports, none, {}).env).toEqual({
      KEYWATCH_HTTP_HOST: '127.0.0.1',
      [name]: String(ports[app]),
    });
  });

  it('is run by this Node, from what was compiled of its own folder', () => {
    const { command, args } = appProcess('sweep', ports, none, {});
    expect(command).toBe(process.execPath);
    expect(args?.at(-1)).toBe(mainOf('sweep'));
    expect(mainOf('sweep')).toMatch(/apps\/sweep\/dist\/main\.js$/);
    expect(existsSync(fileURLToPath(new URL('../../../sweep/package.json', import.meta.url)))).toBe(
      true,
    );
  });

  it('reads addresses when it starts: before, they are not known', () => {
    const engine: { url?: string } = {};
    const spec = appProcess(
      'api',
      ports,
      () => {
        if (engine.url === undefined) throw new Error('the engine is not up');
        return { KEYWATCH_CLICKHOUSE_URL: engine.url };
      },
      { KEYWATCH_LOG_LEVEL: 'warn' },
    );
    expect(() => spec.env).toThrow('the engine is not up');
    engine.url = 'http://127.0.0.1:8123';
    expect(spec.env).toMatchObject({
      KEYWATCH_CLICKHOUSE_URL: 'http://127.0.0.1:8123',
      KEYWATCH_LOG_LEVEL: 'warn',
    });
  });

  it('comes after ingest, which makes the tables; ingest after broker and engine', () => {
    expect(appProcess('ingest', ports, none, {}).after).toEqual(['kafka', 'clickhouse']);
    expect(appProcess('api', ports, none, {}).after).toEqual(['ingest']);
    expect(appProcess('api', ports, none, {}, ['detect']).after).toEqual(['detect']);
  });
});

describe('an app that starts', () => {
  let server: FakeServer;

  beforeEach(async () => {
    server = await new FakeServer().start();
  });

  afterEach(() => server.stop());

  const readyOf = (signal: AbortSignal): Promise<void> => {
    const api = Number(new URL(server.url).port);
    const { ready } = appProcess('api', { ...ports, api }, none, {});
    return ready === undefined ? Promise.reject(new Error('no ready')) : ready(signal);
  };

  it('is up when it says that it is ready, and not when it only answers', async () => {
    server.answer = (_, response) => {
      response.writeHead(server.asked.length < 3 ? 503 : 200).end();
    };
    await readyOf(new AbortController().signal);
    expect(server.asked.map(({ url }) => url)).toEqual(Array(3).fill('/health/ready'));
  });

  it('is no longer waited for when the stack is stopped', async () => {
    const controller = new AbortController();
    server.answer = (_, response) => {
      response.writeHead(503).end();
      controller.abort();
    };
    await expect(readyOf(controller.signal)).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('apps that are not compiled', () => {
  let root: string;
  const entryOf = (app: App): string => join(root, app, 'main.js');

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'keywatch-apps-'));
    for (const app of APPS) {
      await mkdir(join(root, app));
      await writeFile(entryOf(app), '');
    }
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  it.each(['detect', 'api'] as const)('are named with the cure: %s', async (app) => {
    await expect(checkBuilt(entryOf)).resolves.toBeUndefined();
    await rm(entryOf(app));
    await expect(checkBuilt(entryOf)).rejects.toThrow(`${app} is not built; run npm run build`);
    await rm(join(root, app), { recursive: true });
    await expect(checkBuilt(entryOf)).rejects.toThrow(`${app} is not built; run npm run build`);
  });
});
