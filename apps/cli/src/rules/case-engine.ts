import { createClickHouse, DirectStore, migrate, type ClickHouse } from '@keywatch/clickhouse';
import type { CaseStore } from '@keywatch/detection';
import { startTemporaryEngine, type EngineHandle } from '@keywatch/local-stack';

/** An engine for cases of sweeps. */
export interface CaseEngine {
  readonly pid: number;
  /** The database, empty: what the case before it brought in is gone. */
  emptyStore(): Promise<CaseStore>;
  /** Ends it, its folder goes with it. */
  stop(): Promise<void>;
}

/**
 * Starts an embedded engine in a temporary folder and makes the tables.
 * @param signal ends what is under way, as the end of the engine does
 * @throws Error with the reason where there is no engine, or it does not start
 */
export async function startCaseEngine(signal: AbortSignal): Promise<CaseEngine> {
  const engine = await startTemporaryEngine('cases');
  const { url, user, password } = engine;
  const clickhouse = createClickHouse({ url, user, password });
  const stop = async (): Promise<void> => {
    await clickhouse.close();
    await engine.stop();
  };
  try {
    signal.throwIfAborted();
    await migrate(clickhouse);
    // Merges drop what is older than the tables keep: a case means its times, not today.
    await clickhouse.client.command({ query: 'SYSTEM STOP MERGES' });
    const store = new DirectStore(clickhouse, AbortSignal.any([signal, ended(engine)]));
    return {
      pid: engine.pid,
      stop,
      async emptyStore() {
        await empty(clickhouse);
        return store;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A write tries again for as long as the engine may come back; one that has ended does not. */
function ended(engine: EngineHandle): AbortSignal {
  const controller = new AbortController();
  void engine.exited.then(() => {
    controller.abort(new Error('The embedded engine has ended.'));
  });
  return controller.signal;
}

/** About 50 ms; a database of its own for each case would take 1 s. */
async function empty({ client, database }: ClickHouse): Promise<void> {
  const answer = await client.query({
    query: `SELECT name FROM system.tables
      WHERE database = {database:String} AND engine LIKE '%MergeTree' AND name != 'migrations'`,
    query_params: { database },
    format: 'JSONEachRow',
  });
  for (const { name } of await answer.json<{ name: string }>()) {
    await client.command({ query: `TRUNCATE TABLE ${database}.${name}` });
  }
}
