import { ReportRunner } from '@keywatch/clickhouse';
import { type Expected } from '@keywatch/testing';
import { alertsOf, outcomeOf } from './outcome.js';
import type { FailureStack } from './stack.js';

/** Differences of one kind that are told; one is enough to fail. */
const EXAMPLES = 5;

interface StoredAlert {
  readonly alertId: string;
  readonly name: string;
}

/**
 * All in which a run that was disturbed differs from one that wasn't, in words: rows, sums, state of keys, alerts told
 * and stored, findings of `keywatch verify`, ranges that are still announced. Empty: none.
 */
export async function differencesOf(stack: FailureStack, expected: Expected): Promise<string[]> {
  const runner = new ReportRunner(stack.clickhouse);
  const pairs = async <T>(sql: string): Promise<Map<string, T>> => {
    const rows = await runner.query<{ name: string; value: T }>(sql);
    return new Map(rows.map(({ name, value }) => [name, value]));
  };
  const once = new Map([...expected.identities].map((identity) => [identity, 1]));
  const stored = await pairs<number>(
    `SELECT concat(tenant_id, '|', source, '|', event_id) AS name, count() AS value
    FROM {{database}}.key_events GROUP BY name`,
  );
  const usage = await pairs(
    `SELECT concat(lane, '|', tenant_id, '|', key_id, '|', toString(toUnixTimestamp(bucket) * 1000)) AS name,
      CAST((sum(requests), sum(errors)), 'Tuple(requests UInt64, errors UInt64)') AS value
    FROM {{database}}.usage_1h GROUP BY lane, tenant_id, key_id, bucket`,
  );
  const keys = await pairs(
    `SELECT concat(tenant_id, '|', key_id) AS name,
      CAST((${KEY_FACTS.map(([, sql]) => sql).join(', ')}),
        'Tuple(${KEY_FACTS.map(([fact]) => `${fact} Nullable(Int64)`).join(', ')})') AS value
    FROM {{database}}.keys`,
  );
  const alerts = await runner.query<StoredAlert>(
    `SELECT alert_id AS alertId, concat(lane, '|', tenant_id, '|', key_id, '|', window) AS name
    FROM {{database}}.alerts WHERE rule = 'multi-environment-use'`,
  );
  const { told, due } = await alertsOf(stack);
  const { wrong, announced } = await outcomeOf(stack);
  const flagged = (names: Iterable<string>): Map<string, true> =>
    new Map([...names].map((name) => [name, true]));
  return [
    ...compared('rows of', once, stored),
    ...compared('usage of', expected.usage, usage),
    ...compared('key', expected.keys, keys),
    ...compared('alert told', flagged(due), flagged(told)),
    ...compared('alert stored', flagged(due), flagged(alerts.map(({ alertId }) => alertId))),
    ...compared(
      'environments alert',
      flagged(expected.environmentDays),
      flagged(alerts.map(({ name }) => name)),
    ),
    ...wrong.map((finding) => `verify: ${JSON.stringify(finding)}`),
    ...announced.map((range) => `announced: ${range}`),
  ];
}

const ms = (column: string): string => `toUnixTimestamp64Milli(${column})`;
const KEY_FACTS = [
  ['createdAt', ms('created_at')],
  ['lastRotatedAt', ms('last_rotated_at')],
  ['revokedAt', ms('revoked_at')],
  ['rotations', 'rotations'],
  ['requests', 'requests'],
  ['firstUsed', ms('first_used')],
  ['lastUsed', ms('last_used')],
] as const;

/** `what name: is ..., should be ...` for the first few names that differ. */
function compared<T>(
  what: string,
  wanted: ReadonlyMap<string, T>,
  found: ReadonlyMap<string, unknown>,
): string[] {
  const names = new Set([...wanted.keys(), ...found.keys()]);
  return [...names]
    .map((name) => [name, JSON.stringify(found.get(name)), JSON.stringify(wanted.get(name))])
    .filter(([, is, shouldBe]) => is !== shouldBe)
    .slice(0, EXAMPLES)
    .map(([name, is, shouldBe]) => `${what} ${name}: is ${is}, should be ${shouldBe}`);
}
