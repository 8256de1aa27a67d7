import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CommandSpec } from '@keywatch/local-stack';

/** The processes of Keywatch in start order; each is one folder of apps/. */
export const APPS = ['ingest', 'detect', 'sweep', 'notify', 'api'] as const;
export type App = (typeof APPS)[number];
export type Ports = Readonly<Record<App, number>>;

const PORT_OF: Readonly<Record<App, string>> = {
  ingest: 'KEYWATCH_INGEST_PORT',
  detect: 'KEYWATCH_DETECT_PORT',
  sweep: 'KEYWATCH_SWEEP_PORT',
  notify: 'KEYWATCH_NOTIFY_PORT',
  api: 'KEYWATCH_API_PORT',
};

/** Compiled entry of an app. */
export function mainOf(app: App): string {
  return fileURLToPath(new URL(`../../../${app}/dist/main.js`, import.meta.url));
}

/** @throws Error that names the cure where the apps aren't compiled. */
export async function checkBuilt(entryOf: (app: App) => string = mainOf): Promise<void> {
  for (const app of APPS) {
    const files = await readdir(dirname(entryOf(app))).catch(() => [] as string[]);
    if (!files.includes('main.js')) throw new Error(`${app} is not built; run npm run build`);
  }
}

/** Settings that the apps get from the stack: addresses that are known only once broker and engine are up. */
export type Connections = () => Readonly<Record<string, string>>;

/**
 * An app as a supervised process: started when `after` are up, up when it says that it is ready.
 * @param extra settings for all apps, for example how often to sweep
 * @param after by default ingest, which creates the tables that the others find
 */
export function appProcess(
  app: App,
  ports: Ports,
  connections: Connections,
  extra: Readonly<Record<string, string>>,
  after: readonly string[] = app === 'ingest' ? ['kafka', 'clickhouse'] : ['ingest'],
): CommandSpec {
  return {
    name: app,
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', mainOf(app)],
    after,
    get env() {
      return {
        ...connections(),
        ...extra,
        [PORT_OF[app]]: String(ports[app]),
        KEYWATCH_HTTP_HOST: '127.0.0.1',
      };
    },
    ready: (signal) => untilReady(`http://127.0.0.1:${ports[app]}/health/ready`, signal),
  };
}

async function untilReady(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const ready = await fetch(url, { signal }).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) return;
    await delay(100, undefined, { signal });
  }
}
