import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
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
    try {
      // link(2) fails when the name exists: only one of many can have it.
      await link(mine, file);
      return undefined;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const seen = await readIfThere(file);
    if (seen === undefined) continue;
    const owner = ownerIn(seen);
    if (owner !== undefined && isRunning(owner)) return owner;
    await discard(file, seen);
  }
}

/** Removes a stale lock, but not a fresh one that another put there between our look and our hand. */
async function discard(file: string, stale: string): Promise<void> {
  const aside = `${file}.${process.pid}-${randomUUID()}`;
  try {
    await rename(file, aside);
    if ((await readIfThere(aside)) !== stale) await link(aside, file);
  } catch (error) {
    if (!isMissing(error) && errorCode(error) !== 'EEXIST') throw error;
  } finally {
    await rm(aside, { force: true });
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
