import { REQUEST_MADE } from '@keywatch/events';
import { rows, type VerifyContext } from './context.js';
import { EXAMPLES, fine, grouped, wrong, type CheckName, type Finding } from './finding.js';

/** A table of sums, and the same sums over raw rows. */
export interface Rollup {
  readonly check: CheckName;
  readonly table: string;
  /** What identifies a sum, as columns of the table and as expressions over raw rows. */
  readonly keys: readonly (readonly [column: string, raw: string])[];
  readonly sums: readonly (readonly [column: string, raw: string])[];
  /** Which raw rows it counts. */
  readonly where: string;
}

const KEY = [
  ['tenant_id', 'tenant_id'],
  ['key_id', 'key_id'],
] as const;
const REQUESTS = `type = '${REQUEST_MADE}'`;
const USAGE_SUMS = [
  ['requests', 'toUInt64(1)'],
  ['errors', 'toUInt64(status >= 400)'],
  ['denied', 'toUInt64(status IN (401, 403))'],
  ['rate_limited', 'toUInt64(status = 429)'],
  ['bytes_out', 'bytes_out'],
] as const;
const USAGE_KEYS = [...KEY, ['lane', 'lane'], ['environment', 'environment']] as const;

export const ROLLUPS: readonly Rollup[] = [
  {
    check: 'usage-5m',
    table: 'usage_5m',
    keys: [...USAGE_KEYS, ['bucket', "toStartOfFiveMinutes(toDateTime(filed_time, 'UTC'))"]],
    sums: USAGE_SUMS,
    where: REQUESTS,
  },
  {
    check: 'usage-1h',
    table: 'usage_1h',
    keys: [...USAGE_KEYS, ['bucket', "toStartOfHour(toDateTime(filed_time, 'UTC'))"]],
    sums: USAGE_SUMS,
    where: REQUESTS,
  },
  {
    check: 'key-activity',
    table: 'key_activity',
    keys: KEY,
    sums: [['requests', 'toUInt64(1)']],
    where: REQUESTS,
  },
  {
    check: 'key-lifecycle',
    table: 'key_lifecycle',
    keys: KEY,
    sums: [['rotations', "toUInt64(type = 'keywatch.key.rotated.v1')"]],
    where: `type != '${REQUEST_MADE}'`,
  },
  {
    check: 'callers',
    table: 'callers',
    keys: [
      ...KEY,
      ['environment', 'environment'],
      ['endpoint', 'endpoint'],
      ['secret_version', 'secret_version'],
    ],
    sums: [
      ['requests', 'toUInt64(1)'],
      ['errors', 'toUInt64(status >= 400)'],
    ],
    where: REQUESTS,
  },
];

/** Groups compared in one pass; a bucket of usage costs about 200 bytes while it is compared. */
const ROWS_PER_PASS = 5_000_000;

interface Difference {
  readonly tenant: string;
  readonly key: string;
  readonly groups: number;
  readonly total: number;
  readonly stored: readonly number[];
  readonly raw: readonly number[];
}

/**
 * Compares the sums of a rollup with those over raw rows, group by group, and tells the tenants and keys that differ.
 * @param rawIsWhole whether raw rows are all still there: those beyond retention are missing in raw, so that a rollup
 * may then hold more than raw, but never less
 */
export async function checkRollup(
  context: VerifyContext,
  rollup: Rollup,
  rawIsWhole: boolean,
): Promise<Finding[]> {
  const [size] = await rows<{ n: number }>(
    context,
    `SELECT count() AS n FROM {{database}}.key_events WHERE ${rollup.where}`,
  );
  const passes = Math.max(1, Math.ceil((size?.n ?? 0) / ROWS_PER_PASS));
  const examples: string[] = [];
  let total = 0;
  for (let pass = 0; pass < passes; pass += 1) {
    const differences = await rows<Difference>(context, rollupSql(rollup, rawIsWhole), {
      passes,
      pass,
    });
    total += differences[0]?.total ?? 0;
    examples.push(...differences.map((difference) => inWords(rollup, difference)));
  }
  if (total === 0) {
    return [
      fine(
        rollup.check,
        `${rollup.table} ${rawIsWhole ? 'equals' : 'holds at least'} the sums over ${grouped(size?.n ?? 0)} raw rows`,
      ),
    ];
  }
  return [
    wrong(
      rollup.check,
      `Keys whose sums in ${rollup.table} differ from raw rows`,
      total,
      examples,
      `Raw rows are the truth. Stop ingest and run \`keywatch rebuild ${rollup.table}\`.`,
    ),
  ];
}

/** One statement: stored sums and raw sums of each group side by side, then what differs by tenant and key. */
export function rollupSql(rollup: Rollup, rawIsWhole: boolean): string {
  const { table, keys, sums, where } = rollup;
  const columns = keys.map(([column]) => column).join(', ');
  const list = (of: (sum: readonly [string, string]) => string): string => sums.map(of).join(', ');
  const slice = 'cityHash64(tenant_id, key_id) % {passes:UInt32} = {pass:UInt32}';
  const differ = sums
    .map(([column]) => `stored_${column} ${rawIsWhole ? '!=' : '<'} raw_${column}`)
    .join(' OR ');
  return `SELECT tenant_id AS tenant, key_id AS key, count() AS groups, count() OVER () AS total,
      [${list(([column]) => `sum(stored_${column})`)}] AS stored, [${list(([column]) => `sum(raw_${column})`)}] AS raw
    FROM
    (
      SELECT ${columns}, ${list(([column]) => `sum(s_${column}) AS stored_${column}, sum(r_${column}) AS raw_${column}`)}
      FROM
      (
        SELECT ${columns}, ${list(([column]) => `${column} AS s_${column}, toUInt64(0) AS r_${column}`)}
        FROM {{database}}.${table} WHERE ${slice}
        UNION ALL
        SELECT ${keys.map(([column, raw]) => (column === raw ? raw : `${raw} AS ${column}`)).join(', ')}, ${list(([column, raw]) => `toUInt64(0) AS s_${column}, ${raw} AS r_${column}`)}
        FROM {{database}}.key_events WHERE ${where} AND ${slice}
      )
      GROUP BY ${columns}
      HAVING ${differ}
    )
    GROUP BY tenant, key
    ORDER BY tenant, key
    LIMIT ${EXAMPLES}`;
}

function inWords({ sums }: Rollup, difference: Difference): string {
  const numbers = sums
    .map(([column], at) => ({ column, stored: difference.stored[at], raw: difference.raw[at] }))
    .filter(({ stored, raw }) => stored !== raw)
    .map(({ column, stored, raw }) => `${column} ${stored ?? 0} stored, ${raw ?? 0} in raw`);
  const what = numbers.length > 0 ? numbers.join(', ') : 'sums that balance out';
  return `${difference.tenant}/${difference.key}: ${what} (${difference.groups} groups)`;
}
