import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Another process owns the data folder. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
  constructor(
    readonly dataDir: string,
    readonly pid: number | undefined,
  ) {
    super(
      `The data folder ${dataDir} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}: stop that one first, or use another folder`,
    );
  }
}

export interface DataLock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes the data folder for this process. The lock is SQLite's exclusive lock on `engine.lock`, a lock of the kernel: it
 * is gone when the process is gone, also after kill -9, so there is nothing stale to judge. Who holds it stands in
 * `engine.pid`, for the message only.
 * @throws DataFolderInUse
 */
export function lockDataFolder(dataDir: string): DataLock {
  const database = new DatabaseSync(join(dataDir, 'engine.lock'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    throw new DataFolderInUse(dataDir, holder(dataDir));
  }
  writeFileSync(join(dataDir, 'engine.pid'), `${process.pid}\n`);
  return {
    release: () => {
      database.close();
    },
  };
}

function holder(dataDir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataDir, 'engine.pid'), 'utf8'));
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
