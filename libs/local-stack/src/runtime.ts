import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkDataPath, isRecord, readJson, writeAtomically } from './files.js';
import { lock, LockedError } from './folder-lock.js';
import { asIdentity, identify, isRunning } from './process/identity.js';

export interface RuntimeLogin {
  readonly user: string;
  readonly password: string;
}

/** Where the parts of a running stack are reached. */
export interface Addresses {
  readonly brokers: readonly string[];
  readonly clickhouse: RuntimeLogin & { readonly url: string; readonly analyst?: RuntimeLogin };
  /** The base address of the API, such as http://127.0.0.1:8080. */
  readonly api: string;
}

/** What DIR/runtime.json says of a running stack. */
export interface Runtime extends Addresses {
  /** The supervisor. */
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** A data folder that is ours for as long as this process lives. */
export interface ClaimedFolder {
  readonly dir: string;
  /** Writes DIR/runtime.json (mode 600: it holds passwords), so that other commands find the stack. */
  publish(addresses: Addresses): Promise<void>;
  /** Removes runtime.json and lets the folder go. */
  release(): Promise<void>;
}

const runtimeFile = (dir: string): string => join(dir, 'runtime.json');

/**
 * Takes a data folder, before anything is started on it. Passwords will lie in it, so a new folder is for its owner only.
 * @throws Error in words when another stack runs on it.
 */
export async function claimFolder(folder: string): Promise<ClaimedFolder> {
  const dir = resolve(folder);
  // Said here, once: the engine's supervisor would start it again and again.
  checkDataPath(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const held = await lock(join(dir, 'lock')).catch((error: unknown) => {
    if (!(error instanceof LockedError)) throw error;
    throw new Error(
      `Keywatch already runs on ${dir} (process ${error.owner.pid}). Stop it with Ctrl-C or: kill ${error.owner.pid}. Or choose another folder with --data.`,
      { cause: error },
    );
  });
  return {
    dir,
    async publish(addresses) {
      const self = identify(process.pid);
      const runtime = { ...addresses, pid: process.pid, startedAt: new Date().toISOString() };
      const text = JSON.stringify({ ...runtime, process: self }, undefined, 2);
      await writeAtomically(runtimeFile(dir), `${text}\n`, 0o600);
    },
    async release() {
      await rm(runtimeFile(dir), { force: true });
      await held.release();
    },
  };
}

/** Where the stack on this folder is reached; undefined when none runs (a file left by one that was killed is stale). */
export async function readRuntime(folder: string): Promise<Runtime | undefined> {
  const value = await readJson(runtimeFile(resolve(folder)));
  if (!isRuntime(value)) return undefined;
  const writer = asIdentity(value.process);
  if (writer === undefined || !isRunning(writer)) return undefined;
  const { brokers, clickhouse, api, pid, startedAt } = value;
  return { brokers, clickhouse, api, pid, startedAt };
}

function isRuntime(value: unknown): value is Runtime & { readonly process: unknown } {
  if (!isRecord(value) || !isRecord(value['clickhouse'])) return false;
  return (
    Array.isArray(value['brokers']) &&
    typeof value['clickhouse']['url'] === 'string' &&
    typeof value['api'] === 'string' &&
    typeof value['pid'] === 'number'
  );
}
