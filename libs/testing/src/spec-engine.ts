import { createClickHouse, migrate, type ClickHouse } from '@keywatch/clickhouse';
import { startTemporaryEngine } from '@keywatch/local-stack';

/** An embedded engine of one spec's own, in a folder that goes with it. */
export interface SpecEngine {
  /** A database that is migrated and empty. The one before it stays, its client is closed. */
  freshDatabase(): Promise<ClickHouse>;
  stop(): Promise<void>;
}

/** @param name part of the names of folder and databases: letters and digits */
export async function startSpecEngine(name: string): Promise<SpecEngine> {
  const engine = await startTemporaryEngine(name);
  const { url, user, password } = engine;
  let made = 0;
  let current: ClickHouse | undefined;
  return {
    async freshDatabase() {
      await current?.close();
      made += 1;
      current = createClickHouse({ url, user, password, database: `${name}_${made}` });
      await migrate(current);
      return current;
    },
    async stop() {
      await current?.close();
      await engine.stop();
    },
  };
}
