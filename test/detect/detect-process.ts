import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../apps/detect/dist/main.js', import.meta.url));

/** One line of detect's log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [fact: string]: unknown;
}

/** detect as a process of its own. */
export interface DetectProcess {
  readonly lines: readonly LogLine[];
  /** Whether it runs still. */
  readonly isRunning: () => boolean;
  /** Its exit code, or the signal that killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with the first line of that message, written already or not. */
  line(msg: string): Promise<LogLine>;
  /** Resolves when it is a member of its group. */
  joined(): Promise<void>;
  /** Text of a page of its operations server. */
  get(path: string): Promise<string>;
}

export function startDetect(
  brokers: readonly string[],
  env: Readonly<Record<string, string>> = {},
): DetectProcess {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: run npm run build`);
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'test',
      KEYWATCH_KAFKA_BROKERS: brokers.join(','),
      KEYWATCH_DETECT_PORT: '0',
      KEYWATCH_DETECT_CHECKPOINT_MS: '100',
      KEYWATCH_DETECT_SESSION_MS: '3000',
      ...env,
    },
  });
  const lines: LogLine[] = [];
  const waiting: { msg: string; resolve: (line: LogLine) => void }[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (text) => {
      const line = parsed(text);
      lines.push(line);
      for (const { msg, resolve } of waiting) if (msg === line.msg) resolve(line);
    });
  }
  const ended = once(child, 'exit').then(
    ([code, signal]) => (signal ?? code) as number | NodeJS.Signals,
  );
  const line = (msg: string): Promise<LogLine> => {
    const known = lines.find((candidate) => candidate.msg === msg);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      waiting.push({ msg, resolve });
      void ended.then((end) => {
        reject(new Error(`detect ended with ${end}:\n${lines.map(({ msg: m }) => m).join('\n')}`));
      });
    });
  };
  const get = async (path: string): Promise<string> => {
    const { port } = await line('Detection runs');
    return (await fetch(`http://127.0.0.1:${String(port)}${path}`)).text();
  };
  return {
    lines,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended,
    kill: (signal) => {
      child.kill(signal);
    },
    line,
    async joined() {
      while (!(await get('/health/ready')).includes('"ready"')) await delay(50);
    },
    get,
  };
}

function parsed(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { level: 'text', msg: text };
  }
}
