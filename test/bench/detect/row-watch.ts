import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouse } from '@keywatch/clickhouse';
import type { Look } from './row-latency.js';

/** Looks at key_events all the time. */
export interface RowWatch {
  readonly looks: readonly Look[];
  /** The highest offset found so far. */
  lastOf(partition: number): number;
  stop(): Promise<void>;
}

/** Between two looks: how coarse the measured times are. Each reads the whole table; more of them slow what they look at. */
const LOOK_MS = 250;

export function watchRows(clickhouse: ClickHouse): RowWatch {
  const looks: Look[] = [];
  const last = new Map<number, number>();
  const stopping = new AbortController();
  const look = async (): Promise<void> => {
    const answer = await clickhouse.reader.query({
      query: 'SELECT partition, toUInt32(max(offset)) AS last FROM key_events GROUP BY partition',
      format: 'JSONEachRow',
    });
    const rows = await answer.json<{ partition: number; last: number }>();
    const at = performance.now();
    for (const row of rows) {
      if (row.last === last.get(row.partition)) continue;
      last.set(row.partition, row.last);
      looks.push({ ...row, at });
    }
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      await delay(LOOK_MS);
    }
  })();
  watching.catch(() => undefined);
  return {
    looks,
    lastOf: (partition) => last.get(partition) ?? -1,
    async stop() {
      stopping.abort();
      await watching;
    },
  };
}
