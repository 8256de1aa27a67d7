import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux keeps what is here in memory. */
const SHARED_MEMORY = '/dev/shm';
const NAME = /^keywatch-test-(\d+)$/;
/** A hundred times the 22 MB that a whole run held at most, looked at each ten seconds; brokers and engines need memory, too. */
const ROOM_BYTES = 2 * 2 ** 30;

/**
 * Where the suites' temporary files go: into memory where there is room. An insert of the embedded engine makes about a
 * hundred small files, which is half of its work on a disk.
 * @returns its path, where that is in words, and how to remove it with all it holds
 */
export function makeTestFolder() {
  const path = join(SHARED_MEMORY, `keywatch-test-${process.pid}`);
  try {
    removeLeftovers();
    const room = roomInMemory();
    if (room < ROOM_BYTES)
      throw new Error(`${gibibytes(room)} free in memory, ${gibibytes(ROOM_BYTES)} would do`);
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    return { path: tmpdir(), where: `${tmpdir()} (${error.message})`, remove: () => undefined };
  }
  return {
    path,
    where: `${path} (in memory)`,
    // A process that is being ended may still write.
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }),
  };
}

/** What is mounted there may promise more than the machine has left. */
function roomInMemory() {
  const { bavail, bsize } = statfsSync(SHARED_MEMORY);
  return Math.min(bavail * bsize, process.availableMemory());
}

/** Of runs that were killed: they would hold memory until the machine starts again. */
function removeLeftovers() {
  for (const name of readdirSync(SHARED_MEMORY)) {
    const pid = NAME.exec(name)?.[1];
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue;
    try {
      rmSync(join(SHARED_MEMORY, name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

const gibibytes = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
