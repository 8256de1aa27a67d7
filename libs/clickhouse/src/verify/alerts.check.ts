import { rows, type VerifyContext } from './context.js';
import { EXAMPLES, fine, wrong, type Finding } from './finding.js';

interface AlertDifference {
  readonly tenant: string;
  readonly alert: string;
  readonly stored: number;
  readonly raw: number;
  readonly total: number;
}

/** Every alert was told as often as its tellings are stored. */
export async function checkAlerts(
  context: VerifyContext,
  rawIsWhole: boolean,
  table = 'alert_state',
): Promise<Finding[]> {
  const differences = await rows<AlertDifference>(
    context,
    `SELECT tenant_id AS tenant, alert_id AS alert, sum(s) AS stored, sum(r) AS raw, count() OVER () AS total
    FROM
    (
      SELECT tenant_id, alert_id, tellings AS s, toUInt64(0) AS r FROM {{database}}.${table}
      UNION ALL
      SELECT tenant_id, alert_id, toUInt64(0), toUInt64(1) FROM {{database}}.alert_events
    )
    GROUP BY tenant_id, alert_id
    HAVING stored ${rawIsWhole ? '!=' : '<'} raw
    ORDER BY tenant, alert
    LIMIT ${EXAMPLES}`,
  );
  const total = differences[0]?.total ?? 0;
  if (total === 0)
    return [fine('alerts', 'alerts were told as often as their tellings are stored')];
  return [
    wrong(
      'alerts',
      'Alerts whose tellings differ from alert_events',
      total,
      differences.map((d) => `${d.tenant}/${d.alert}: ${d.stored} told, ${d.raw} stored`),
      'alert_events is the truth. Stop ingest and run `keywatch rebuild alert_state`.',
    ),
  ];
}
