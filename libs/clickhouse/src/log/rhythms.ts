import type { ClickHouse } from '../client.js';
import { ReportRunner, type ReadOptions } from '../report-runner.js';

/** Live requests of a tenant within a time. Times in ms since 1970. */
export interface RequestRhythm {
  readonly tenantId: string;
  readonly requests: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Longest time between two requests; within five minutes they are not told apart. */
  readonly longestSilenceMs: number;
}

/** The rhythm of each tenant since a time, by its live requests. At most 10,000 tenants, those that ask most. */
export async function requestRhythms(
  clickhouse: ClickHouse,
  sinceMs: number,
  options: ReadOptions = {},
): Promise<RequestRhythm[]> {
  return new ReportRunner(clickhouse).query<RequestRhythm>(
    `SELECT tenant_id AS tenantId, sum(requests) AS requests, toUnixTimestamp64Milli(min(first)) AS firstMs,
      toUnixTimestamp64Milli(max(last)) AS lastMs, max(silence) AS longestSilenceMs
    FROM
    (
      SELECT tenant_id, requests, first, last,
        greatest(0, toUnixTimestamp64Milli(first) - toUnixTimestamp64Milli(lagInFrame(last, 1, first) OVER
          (PARTITION BY tenant_id ORDER BY bucket ROWS BETWEEN 1 PRECEDING AND CURRENT ROW))) AS silence
      FROM
      (
        SELECT tenant_id, bucket, sum(u.requests) AS requests, min(u.first_used) AS first, max(u.last_used) AS last
        FROM {{database}}.usage_5m AS u
        WHERE lane = 'live' AND bucket >= toDateTime(fromUnixTimestamp64Milli({since:Int64}), 'UTC')
        GROUP BY tenant_id, bucket
      )
    )
    GROUP BY tenant_id
    ORDER BY requests DESC, tenant_id
    LIMIT 10000`,
    { since: sinceMs },
    options,
  );
}

/**
 * When the first live request after a time was made, in ms since 1970; null: none was.
 * @param tenant missing: of any tenant
 */
export async function firstRequestAfter(
  clickhouse: ClickHouse,
  afterMs: number,
  tenant?: string,
  options: ReadOptions = {},
): Promise<number | null> {
  const [found] = await new ReportRunner(clickhouse).query<{ n: number; firstMs: number }>(
    // A bucket may lie around the time: its first request before it, its last after it.
    `SELECT count() AS n, toUnixTimestamp64Milli(min(if(first_used > fromUnixTimestamp64Milli({after:Int64}), first_used, last_used))) AS firstMs
    FROM {{database}}.usage_5m
    WHERE lane = 'live' AND bucket >= toDateTime(fromUnixTimestamp64Milli({after:Int64}), 'UTC') - INTERVAL 5 MINUTE
      AND last_used > fromUnixTimestamp64Milli({after:Int64}) ${tenant === undefined ? '' : 'AND tenant_id = {tenant:String}'}`,
    { after: afterMs, ...(tenant === undefined ? {} : { tenant }) },
    options,
  );
  return found === undefined || found.n === 0 ? null : found.firstMs;
}
