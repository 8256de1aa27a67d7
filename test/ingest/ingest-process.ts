import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/ingest/dist/main.js', import.meta.url));

/** One line of ingest's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

/** ingest as a process of its own. */
export interface IngestProcess {
  readonly lines: readonly LogLine[];
  /** Its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The same. @throws Error with its last lines where it goes on for too long */
  exit(): Promise<number | NodeJS.Signals>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the first line that matches, written already or not. */
  line(matches: RegExp): Promise<LogLine>;
  /** Status and text of a page of its operations server. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  /** Value of a metric, summed over its labels; 0 where there is none. */
  metric(name: string): Promise<number>;
}

/** A stop may take 20 s before it is forced. */
const EXIT_MS = 30_000;

export function startIngest(env: Readonly<Record<string, string>>): IngestProcess {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm run build`);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      KEYWATCH_INGEST_PORT: '0',
      KEYWATCH_INGEST_SESSION_MS: '3000',
      ...env,
    },
  });
  const lines: LogLine[] = [];
  const waiting: { matches: RegExp; resolve: (line: LogLine) => void }[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      const line = parsed(text);
      lines.push(line);
      for (const { matches, resolve } of waiting) if (matches.test(line.msg)) resolve(line);
    });
  }
  const ended = once(child, 'close').then(
    ([code, signal]) => (signal ?? code) as number | NodeJS.Signals,
  );
  const exit = async (): Promise<number | NodeJS.Signals> => {
    const last = (): string => lines.map(({ msg }) => msg).join('\n');
    const timer = new Promise<never>((_, reject) => {
      const late = (): void => {
        reject(new Error(`ingest has not ended:\n${last()}`));
      };
      setTimeout(late, EXIT_MS).unref();
    });
    return Promise.race([ended, timer]);
  };
  const line = (matches: RegExp): Promise<LogLine> => {
    const known = lines.find(({ msg }) => matches.test(msg));
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      waiting.push({ matches, resolve });
      void ended.then((end) => {
        const said = lines.map(({ msg }) => msg).join('\n');
        reject(new Error(`ingest ended with ${end} before ${String(matches)}:\n${said}`));
      });
    });
  };
  const get = async (path: string): Promise<{ status: number; text: string }> => {
    const { port } = await line(/^Ingest runs$/);
    const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return {
    lines,
    ended,
    exit,
    kill: (signal) => {
      child.kill(signal);
    },
    line,
    get,
    async metric(name) {
      const { text } = await get('/metrics');
      return text
        .split('\n')
        .filter((row) => row.startsWith(`${name}{`))
        .reduce((sum, row) => sum + Number(row.slice(row.lastIndexOf(' ') + 1)), 0);
    },
  };
}

function parsed(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { level: 'text', msg: text };
  }
}
