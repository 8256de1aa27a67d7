import { run } from '../../apps/cli/src/main.js';
import { captureOutput } from './captured.js';

export interface Ran {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const exitCode = (): number => Number(process.exitCode ?? 0);

/** Runs the `keywatch` command in this process, with settings of its own, and leaves nothing of it behind. */
export async function runCommand(
  argv: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const before = { ...process.env };
  const listeners = SIGNALS.map((name) => [name, process.listeners(name)] as const);
  const errors = [process.stdout, process.stderr].map(
    (output) => [output, output.listeners('error')] as const,
  );
  const output = captureOutput();
  Object.assign(process.env, settings);
  process.exitCode = undefined;
  try {
    await run(argv);
    return { out: output.out(), err: output.err(), code: exitCode() };
  } finally {
    output.release();
    process.exitCode = undefined;
    for (const name of Object.keys(settings)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
    for (const [name, kept] of listeners)
      for (const listener of process.listeners(name))
        if (!kept.includes(listener)) process.removeListener(name, listener);
    for (const [stream, kept] of errors)
      for (const listener of stream.listeners('error'))
        if (!kept.includes(listener)) stream.removeListener('error', listener as () => void);
  }
}
