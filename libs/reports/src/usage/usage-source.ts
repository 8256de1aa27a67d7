import {
  filterConditions,
  filterParams,
  timeParam,
  whereAll,
  type Filter,
  type SqlQuery,
} from '../kit/sql.js';
import type { TimeRange } from '../kit/report.js';
import { coverage, type Grain, type Stretch } from './coverage.js';

const REQUESTS = "type = 'keywatch.key.request-made.v1'";

interface Asked {
  readonly range: TimeRange;
  /** On tenant_id, key_id, lane, environment: columns that events and buckets both have. */
  readonly filters: readonly Filter[];
}

/** The requests themselves, one row each. */
export function rawRequests({ range, filters }: Asked): SqlQuery {
  const conditions = [REQUESTS];
  if (range.from !== undefined) conditions.push("filed_time >= {from:DateTime64(3, 'UTC')}");
  if (range.to !== undefined) conditions.push("filed_time < {to:DateTime64(3, 'UTC')}");
  return {
    sql: `{{database}}.key_events${whereAll([...conditions, ...filterConditions(filters)])}`,
    params: {
      ...(range.from === undefined ? {} : { from: timeParam(range.from) }),
      ...(range.to === undefined ? {} : { to: timeParam(range.to) }),
      ...filterParams(filters),
    },
  };
}

const OF_BUCKETS = `SELECT tenant_id, key_id, lane, environment, toDateTime64(bucket, 3, 'UTC') AS time, requests AS n, errors AS failed,
    denied AS refused, rate_limited AS limited, bytes_out AS bytes, latency_ms_sum AS latency, first_used AS first, last_used AS last`;

const SOURCES: Readonly<
  Record<Grain, { select: string; table: string; time: string; always: string[] }>
> = {
  hour: { select: OF_BUCKETS, table: 'usage_1h', time: 'bucket', always: [] },
  'five-minutes': { select: OF_BUCKETS, table: 'usage_5m', time: 'bucket', always: [] },
  raw: {
    select: `SELECT tenant_id, key_id, lane, environment, filed_time AS time, toUInt64(1) AS n, toUInt64(status >= 400) AS failed,
    toUInt64(status IN (401, 403)) AS refused, toUInt64(status = 429) AS limited, bytes_out AS bytes, toFloat64(latency_ms) AS latency, filed_time AS first, filed_time AS last`,
    table: 'key_events',
    time: 'filed_time',
    always: [REQUESTS],
  },
};

/**
 * Requests summed as far as buckets allow: whole hours and whole five minutes from the rollups, what is left at the
 * borders from the events. Columns: tenant_id, key_id, lane, environment, time, n, failed, refused, limited, bytes,
 * latency, first, last.
 */
export function summedRequests({ range, filters }: Asked): SqlQuery {
  const stretches = coverage(range.from, range.to);
  const params: Record<string, string> = {};
  const parts = (['hour', 'five-minutes', 'raw'] as const).flatMap((grain) => {
    const these = stretches.filter((stretch) => stretch.grain === grain);
    if (these.length === 0) return [];
    const { select, table, time, always } = SOURCES[grain];
    const within = these.map((stretch, index) =>
      between(stretch, time, `${table}_${index}`, params),
    );
    const times = within.length === 1 ? within : [`(${within.join(' OR ')})`];
    const conditions = [
      ...always,
      ...times.filter((text) => text !== ''),
      ...filterConditions(filters),
    ];
    return [`${select}\nFROM {{database}}.${table}${whereAll(conditions)}`];
  });
  // An empty range has no stretch; it still is a question with an answer: no rows.
  const nothing = `${SOURCES.hour.select}\nFROM {{database}}.usage_1h\nWHERE false`;
  return {
    sql: `(\n${parts.length === 0 ? nothing : parts.join('\nUNION ALL\n')}\n)`,
    params: { ...params, ...(parts.length === 0 ? {} : filterParams(filters)) },
  };
}

function between(
  { from, to }: Stretch,
  column: string,
  name: string,
  params: Record<string, string>,
): string {
  const sides: string[] = [];
  if (from !== undefined) {
    params[`${name}_from`] = timeParam(from);
    sides.push(`${column} >= {${name}_from:DateTime64(3, 'UTC')}`);
  }
  if (to !== undefined) {
    params[`${name}_to`] = timeParam(to);
    sides.push(`${column} < {${name}_to:DateTime64(3, 'UTC')}`);
  }
  return sides.length < 2 ? sides.join('') : `(${sides.join(' AND ')})`;
}
