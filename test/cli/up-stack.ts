import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BIN = resolve('apps/cli/bin/keywatch.js');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `keywatch up` in a process of its own and a folder of its own, and the commands that a user types beside it. */
export class UpStack {
  readonly folder = mkdtempSync(join(tmpdir(), 'keywatch-up-'));
  private process: ChildProcess | undefined;

  constructor(private readonly settings: Readonly<Record<string, string>> = {}) {}

  get pid(): number | undefined {
    return this.process?.pid;
  }

  /** @returns what it printed until it was up. @throws with all that it printed if it ends before. */
  start(): Promise<string> {
    let printed = '';
    const up = spawn(process.execPath, [BIN, 'up', '--data', this.folder, '--port', '0'], {
      env: {
        ...process.env,
        KEYWATCH_DOCKER: 'never',
        KEYWATCH_SWEEP_SECONDS: '1',
        ...this.settings,
      },
    });
    this.process = up;
    return new Promise((done, fail) => {
      const read = (chunk: Buffer): void => {
        printed += chunk.toString();
        if (printed.includes('Ctrl-C ends it.')) done(printed);
      };
      up.stdout.on('data', read);
      up.stderr.on('data', read);
      up.once('close', (code) => {
        fail(new Error(`up ended with ${String(code)}:\n${printed}`));
      });
    });
  }

  /** @returns its exit code; null: it was not running, or a signal ended it. */
  async stop(): Promise<number | null> {
    const up = this.process;
    if (up?.exitCode !== null || up.signalCode !== null) return null;
    const closed = new Promise<number | null>((done) => up.once('close', done));
    up.kill('SIGTERM');
    return closed;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A command about this stack. */
  keywatch(...args: string[]): Promise<Ended> {
    return typed(...args, '--data', this.folder);
  }
}

/** A `keywatch` command as a user types it, in a process of its own. */
export function typed(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...args]);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((done) =>
    child.once('close', (code) => {
      done({ code, out, err });
    }),
  );
}
