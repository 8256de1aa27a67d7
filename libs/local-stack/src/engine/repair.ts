import { closeSync, fsyncSync, ftruncateSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logNumber, parsePart, repairOf } from './deduplication-log.js';

/** One log that was cut. */
export interface Repair {
  readonly file: string;
  /** The records and torn lines that were dropped, as they stood there. */
  readonly dropped: readonly string[];
}

/**
 * Repairs the deduplication logs of every table under `path`, the engine's own folder. To be called while no engine has
 * it open and the data folder is locked. Harmless when there is nothing to repair, or nothing at all.
 * @see repairOf for what is wrong with them after a kill.
 */
export function repairTables(path: string): Repair[] {
  return tableFolders(path).flatMap((table) => {
    const repair = repairTable(table);
    return repair === undefined ? [] : [repair];
  });
}

function repairTable(table: string): Repair | undefined {
  const logs = join(table, 'deduplication_logs');
  const newestFirst = names(logs, 'file')
    .flatMap((name) => {
      const number = logNumber(name);
      return number === undefined ? [] : [{ number, file: join(logs, name) }];
    })
    .sort((a, b) => b.number - a.number);
  if (newestFirst.length === 0) return undefined;
  const parts = names(table, 'folder').flatMap((name) => parsePart(name) ?? []);
  for (const { file } of newestFirst) {
    const log = readFileSync(file);
    // A rotation opens the next file empty right after the record that may have no part.
    if (log.length === 0) continue;
    const cut = repairOf(log, parts);
    if (cut === undefined) return undefined;
    truncate(file, cut.keep);
    return { file, dropped: cut.dropped };
  }
  return undefined;
}

function truncate(file: string, length: number): void {
  const handle = openSync(file, 'r+');
  try {
    ftruncateSync(handle, length);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** `store/abc/<uuid>` of Atomic databases and `data/<database>/<table>` of Ordinary ones; links are left out, they lead to the former. */
function tableFolders(path: string): string[] {
  return ['store', 'data'].flatMap((kind) =>
    names(join(path, kind), 'folder').flatMap((outer) =>
      names(join(path, kind, outer), 'folder').map((inner) => join(path, kind, outer, inner)),
    ),
  );
}

function names(folder: string, kind: 'file' | 'folder'): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => (kind === 'file' ? entry.isFile() : entry.isDirectory()))
      .map((entry) => entry.name);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
