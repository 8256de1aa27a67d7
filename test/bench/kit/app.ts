import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { keptPorts } from '@keywatch/local-stack';

/** One app as it runs in production: a process of its own, told everything by its settings. */
export interface RunningApp {
  readonly pid: number;
  readonly url: string;
  /** Rejects when it ends before it is stopped. */
  readonly failed: Promise<never>;
  /** What it printed last, for a message about it. */
  readonly lastLines: () => string;
  /** Ends it in good order; by force after 25 s. */
  stop(): Promise<void>;
}

const FORCE_MS = 25_000;
const LINES_KEPT = 15;

/** @param nodeOptions for Node itself, such as a profile to write */
export async function startApp(
  app: 'ingest' | 'detect',
  settings: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = [],
): Promise<RunningApp> {
  const { port } = await freePort();
  const main = fileURLToPath(new URL(`../../../apps/${app}/dist/main.js`, import.meta.url));
  const args = ['--disable-warning=ExperimentalWarning', ...nodeOptions, main];
  const child = spawn(process.execPath, args, {
    // The pipe is the leash: the app ends when this process is gone, however it ended.
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches only us, and we end things in order.
    detached: true,
    env: {
      PATH: process.env['PATH'],
      ...settings,
      KEYWATCH_LEASH: '1',
      [`KEYWATCH_${app.toUpperCase()}_PORT`]: String(port),
    },
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
    });
  }
  const lastLines = (): string => `${app} printed last:\n  ${lines.join('\n  ')}`;
  let stopping = false;
  const exited = once(child, 'exit');
  const failed = exited.then(async ([code, signal]): Promise<never> => {
    if (stopping) return new Promise(() => undefined);
    throw new Error(`${app} ended (${String(signal ?? code)}). ${lastLines()}`);
  });
  failed.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${main} could not be started`);
  return {
    pid,
    url: `http://127.0.0.1:${port}`,
    failed,
    lastLines,
    async stop() {
      stopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), FORCE_MS);
      await exited;
      clearTimeout(force);
    },
  };
}

async function freePort(): Promise<{ port: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'keywatch-bench-port-'));
  try {
    return await keptPorts(join(folder, 'ports.json'), ['port']);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The values of one metric of an app, by its labels as they are written. */
export async function readMetric(app: RunningApp, name: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${app.url}/metrics`)).text();
  return new Map(
    [...text.matchAll(new RegExp(`^${name}(?:\\{([^}]*)\\})? (\\S+)$`, 'gm'))].map(
      ([, labels, value]) => [labels ?? '', Number(value)],
    ),
  );
}

export async function isReady(app: RunningApp): Promise<boolean> {
  return fetch(`${app.url}/health/ready`).then(
    (response) => response.ok,
    () => false,
  );
}
