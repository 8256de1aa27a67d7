import { createClickHouse, migrate, type ClickHouse } from '@keywatch/clickhouse';
import { startTemporaryEngine } from '@keywatch/local-stack';
import { emptyTables, shapeOf } from './emptied-database.js';
import { keepForGood } from './kept-for-good.js';

/** An embedded engine of one spec's own, in a folder that goes with it. */
export interface SpecEngine {
  /** A database that is migrated and empty: what the one before it held is gone. Nothing in it is ever too old. */
  freshDatabase(): Promise<ClickHouse>;
  stop(): Promise<void>;
}

/** @param name part of the names of folder and databases: letters and digits */
export async function startSpecEngine(name: string): Promise<SpecEngine> {
  const engine = await startTemporaryEngine(name);
  const { url, user, password } = engine;
  let made = 0;
  let current: { readonly clickhouse: ClickHouse; readonly shape: string } | undefined;
  return {
    async freshDatabase() {
      if (current !== undefined) {
        const { clickhouse, shape } = current;
        // Emptying takes 30 ms, migrating a second. A spec that changes tables leaves its database behind.
        if ((await shapeOf(clickhouse)) === shape) {
          await emptyTables(clickhouse);
          return clickhouse;
        }
        await clickhouse.close();
      }
      made += 1;
      const clickhouse = createClickHouse({ url, user, password, database: `${name}_${made}` });
      await migrate(clickhouse);
      await keepForGood(clickhouse);
      current = { clickhouse, shape: await shapeOf(clickhouse) };
      return clickhouse;
    },
    async stop() {
      await current?.clickhouse.close();
      await engine.stop();
    },
  };
}
