import { rows, type VerifyContext } from './context.js';
import { EXAMPLES, fine, wrong, type Finding } from './finding.js';
import { STORED_ROWS } from './ranges.check.js';

/** Migration that made the table; what was stored before has no row in it. */
const MADE_BY = 9;

interface Difference {
  readonly tenant: string;
  readonly alert: string;
  readonly told: number;
  readonly kept: number;
  readonly total: number;
}

/** Every telling has its row in alert_evidence, which holds the telling's query and can't be rebuilt. */
export async function checkEvidence(context: VerifyContext): Promise<Finding[]> {
  const days = STORED_ROWS.find(({ table }) => table === 'alert_events')?.days ?? 0;
  // Retention takes rows of the two tables away at different times.
  const within = `log_time >= since AND log_time > now() - INTERVAL ${days - 1} DAY`;
  const differences = await rows<Difference>(
    context,
    `WITH
      (SELECT min(applied_at) FROM {{database}}.migrations WHERE version = ${MADE_BY}) AS made,
      (SELECT minOrNull(log_time) FROM {{database}}.alert_evidence) AS oldest,
      least(made, ifNull(oldest, made)) AS since
    SELECT tenant_id AS tenant, alert_id AS alert, sum(t) AS told, sum(k) AS kept, count() OVER () AS total
    FROM
    (
      SELECT tenant_id, alert_id, toUInt64(1) AS t, toUInt64(0) AS k FROM {{database}}.alert_events WHERE ${within}
      UNION ALL
      SELECT tenant_id, alert_id, toUInt64(0), toUInt64(1) FROM {{database}}.alert_evidence WHERE ${within}
    )
    GROUP BY tenant_id, alert_id
    HAVING told != kept
    ORDER BY tenant, alert
    LIMIT ${EXAMPLES}`,
  );
  const total = differences[0]?.total ?? 0;
  if (total === 0) return [fine('alert-evidence', 'every telling of an alert has its query')];
  return [
    wrong(
      'alert-evidence',
      'Alerts with other queries than tellings',
      total,
      differences.map(
        ({ tenant, alert, told, kept }) => `${tenant}/${alert}: ${told} told, ${kept} queries`,
      ),
      'alert_evidence can not be rebuilt: bring it back from a backup, or go on with alerts that show no query.',
    ),
  ];
}
