import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Chdb } from './chdb.js';
import { loadCredentials } from './credentials.js';
import { lockDataFolder } from './data-lock.js';
import { Engine } from './engine.js';
import { InsertFiles } from './insert-files.js';
import { repairTables } from './repair.js';
import { EngineServer } from './server.js';

export interface EngineProcessOptions {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly chdb: Chdb;
  /** The database that an analyst may read. */
  readonly views: string;
  /** A configuration file for the engine, with users and what they may do. */
  readonly configFile?: string;
  readonly log: (line: string) => void;
}

export interface EngineProcess {
  readonly url: string;
  /** Takes no more requests, kills reads, waits for inserts and commands, closes the engine, gives the folder back. */
  close(): Promise<void>;
}

/** The folder of the engine's own files within the data folder. */
export const tablesFolder = (dataDir: string): string => join(dataDir, 'clickhouse');

/**
 * Brings the engine up, in the one order that is safe: the folder is locked before it is repaired, repaired before it is
 * opened, open before anybody can ask.
 * @throws DataFolderInUse when another process owns the folder.
 */
export async function openEngineProcess(options: EngineProcessOptions): Promise<EngineProcess> {
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDataFolder(dataDir);
  try {
    const tables = tablesFolder(dataDir);
    for (const { file, dropped } of repairTables(tables))
      options.log(
        `repaired ${file}: dropped ${dropped.length} record(s) of an insert that a kill cut off: ${dropped.map((line) => JSON.stringify(line)).join(', ')}`,
      );
    const credentials = await loadCredentials(dataDir);
    await mkdir(tables, { recursive: true });
    await chmod(tables, 0o700);
    const files = await InsertFiles.open(join(dataDir, 'inserts'));
    const { configFile } = options;
    const open = (): InstanceType<Chdb['Session']> =>
      configFile === undefined
        ? new options.chdb.Session(tables)
        : new options.chdb.Session(tables, { connectionArgs: [`--config-file=${configFile}`] });
    const engine = new Engine(open(), open, options.views, files);
    let server: EngineServer;
    try {
      server = await EngineServer.listen({
        host: options.host,
        port: options.port,
        credentials,
        run: (query, sink) => engine.run(query, sink),
      });
    } catch (error) {
      await engine.close();
      await options.chdb.drainPending();
      throw error;
    }
    return {
      url: server.url,
      async close() {
        engine.stopReads();
        await server.close();
        await engine.close();
        await options.chdb.drainPending();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
