import { ReportRunner, type ClickHouse } from '@keywatch/clickhouse';

/**
 * What a database holds, as one line per table. Two databases with the same lines hold the same rows: the hash covers
 * every column, positions, times of arrival and identities included; rows of rollups are summed up by key first, as
 * they stand in parts cut differently. Sums of latencies are compared in whole milliseconds: adding in another order
 * gives other last digits. Keys are hashed as text: a hash of columns is NULL where one of them is.
 */
export type Contents = Readonly<Record<string, string>>;

const FILL: Readonly<Record<string, string>> = {
  key_events: `SELECT count() AS n, sum(cityHash64(*)) AS hash FROM key_events`,
  event_ids: `SELECT count() AS n, sum(cityHash64(*)) AS hash FROM event_ids`,
  dead_letters: `SELECT count() AS n, sum(cityHash64(*)) AS hash FROM dead_letters`,
  usage_5m: usage('usage_5m'),
  usage_1h: usage('usage_1h'),
  keys: `SELECT sum(requests) AS n, sum(cityHash64(toString(tuple(tenant_id, key_id, live, created_at, last_rotated_at, revoked_at,
      leak_reported_at, rotations, secret_version, owner_id, owner_email, owner_team, name, plan, environment,
      allowed_environments, kind, expires_at, created_by, grace_ends_at, disabled, requests, first_used, last_used,
      last_succeeded)))) AS hash FROM keys`,
  callers: `SELECT sum(counted) AS n, sum(hash) AS hash FROM (
      SELECT sum(requests) AS counted, cityHash64(tenant_id, key_id, environment, address_block, user_agent, endpoint,
        secret_version, sum(requests), sum(errors), min(first_used), max(last_used)) AS hash
      FROM callers GROUP BY tenant_id, key_id, environment, address_block, user_agent, endpoint, secret_version)`,
};

function usage(table: string): string {
  return `SELECT sum(counted) AS n, sum(hash) AS hash FROM (
      SELECT sum(requests) AS counted, cityHash64(tenant_id, key_id, bucket, lane, environment, sum(requests), sum(errors),
        sum(denied), sum(rate_limited), sum(bytes_out), round(sum(latency_ms_sum)), min(first_used), max(last_used)) AS hash
      FROM ${table} GROUP BY tenant_id, key_id, bucket, lane, environment)`;
}

export async function contentsOf(clickhouse: ClickHouse): Promise<Contents> {
  const runner = new ReportRunner(clickhouse);
  const contents: Record<string, string> = {};
  for (const [table, sql] of Object.entries(FILL)) {
    const { n, hash } = await runner.one<{ n: number; hash: string | null }>(
      `SELECT n, toString(hash) AS hash FROM (${sql})`,
    );
    if (hash === null) throw new Error(`The rows of ${table} have no hash to compare.`);
    contents[table] = `${n} (${hash})`;
  }
  return contents;
}

/** @throws Error that names what differs: figures of different work can't be compared */
export function checkSame(contents: ReadonlyMap<string, Contents>): void {
  const [first, ...others] = contents;
  if (first === undefined) return;
  const [name, expected] = first;
  const differences = others.flatMap(([other, found]) =>
    Object.keys(expected)
      .filter((table) => found[table] !== expected[table])
      .map((table) => `${table}: ${name} has ${expected[table]}, ${other} has ${found[table]}`),
  );
  if (differences.length === 0) return;
  throw new Error(
    `The bench is void: its contestants did not write the same rows.\n  ${differences.join('\n  ')}`,
  );
}

/** How far a database is. `whole`: every event is in every table that counts requests. */
export interface Fill {
  readonly events: number;
  readonly whole: boolean;
}

/** Cheap enough to be asked often: the number of rows comes from the parts' headers until all are there. */
export async function fillOf({ reader }: ClickHouse, events: number): Promise<Fill> {
  const ask = async <T>(query: string): Promise<T> => {
    const answer = await reader.query({
      query,
      format: 'JSONEachRow',
      clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
    });
    const [row] = await answer.json<T>();
    if (row === undefined) throw new Error(`No answer to ${query}`);
    return row;
  };
  const { n } = await ask<{ n: number }>('SELECT count() AS n FROM key_events');
  if (n < events) return { events: n, whole: false };
  const { ids, counts } = await ask<{ ids: number; counts: number[] }>(
    `SELECT (SELECT count() FROM event_ids) AS ids, [
      (SELECT count() FROM key_events WHERE type = 'keywatch.key.request-made.v1'),
      (SELECT sum(requests) FROM usage_5m), (SELECT sum(requests) FROM usage_1h),
      (SELECT sum(requests) FROM key_activity), (SELECT sum(requests) FROM callers)] AS counts`,
  );
  return { events: n, whole: ids >= events && new Set(counts).size === 1 };
}
