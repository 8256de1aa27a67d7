import { randomUUID } from 'node:crypto';
import { copyFile, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, isMissing } from './files.js';
import { asIdentity, identify, isRunning, type ProcessIdentity } from './process/identity.js';
import { becomes } from './waiting.js';

/** The lock is held by a process that runs. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  constructor(
    readonly file: string,
    readonly owner: ProcessIdentity,
  ) {
    super(`${file} is held by process ${owner.pid}`);
  }
}

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes a lock that lives as long as this process: a file that names its owner. The file of an owner that is gone (kill
 * -9, power loss) counts for nothing, also when its number runs as another process by now. Not re-entrant: a second
 * claim in the same process fails too.
 * @param waitMs how long to wait for the owner to let go; 0 unless told.
 * @throws LockedError when another still holds it then.
 */
export async function lock(file: string, waitMs = 0): Promise<FolderLock> {
  await mkdir(dirname(file), { recursive: true });
  const text = JSON.stringify({ ...identify(process.pid), claim: randomUUID() });
  const mine = `${file}.${process.pid}-${randomUUID()}`;
  await writeFile(mine, text, { mode: 0o600 });
  try {
    let holder: ProcessIdentity | undefined;
    const taken = await becomes(async () => {
      holder = await tryOnce(mine, file);
      return holder === undefined;
    }, waitMs);
    if (!taken && holder !== undefined) throw new LockedError(file, holder);
  } finally {
    await rm(mine, { force: true });
  }
  return {
    async release() {
      if ((await readIfThere(file)) === text) await rm(file, { force: true });
    },
  };
}

/** One attempt: undefined when the lock is ours now, else who holds it. */
async function tryOnce(mine: string, file: string): Promise<ProcessIdentity | undefined> {
  for (;;) {
    if (await linked(mine, file)) return undefined;
    const seen = await readIfThere(file);
    if (seen === undefined) continue;
    const owner = ownerIn(seen);
    if (owner !== undefined && isRunning(owner)) return owner;
    if (await takeOver(mine, file, seen)) return undefined;
  }
}

/** link(2) fails when the name exists: only one of many can have it. */
async function linked(mine: string, file: string): Promise<boolean> {
  try {
    await link(mine, file);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Replaces a stale lock by ours; false when another was faster. Only who holds the lock on taking over may do so, and
 * looks again first: a slow one would otherwise throw out the fresh lock of a fast one. That lock may be stale itself,
 * and is then taken over in the same manner.
 */
async function takeOver(mine: string, file: string, stale: string): Promise<boolean> {
  const turn = `${file}.next`;
  if ((await tryOnce(mine, turn)) !== undefined) {
    await sleep(5);
    return false;
  }
  try {
    if ((await readIfThere(file)) !== stale) return false;
    const fresh = `${mine}.fresh`;
    await copyFile(mine, fresh);
    await rename(fresh, file);
    return true;
  } finally {
    await rm(turn, { force: true });
  }
}

function ownerIn(text: string): ProcessIdentity | undefined {
  try {
    return asIdentity(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
