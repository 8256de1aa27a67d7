import { ReportRunner, verifyDatabase, type Finding } from '@keywatch/clickhouse';
import { TOPICS } from '@keywatch/events';
import { toldAlerts, undisturbedAlerts } from './log-alerts.js';
import { positionsOf, withAdmin } from './positions.js';
import type { FailureStack } from './stack.js';

/** What a run has left behind. */
export interface Outcome {
  readonly stored: number;
  /** Different identities among the stored. */
  readonly identities: number;
  readonly ranges: number;
  /** Findings of `keywatch verify` that are not well. */
  readonly wrong: readonly Finding[];
  /** Ranges that are announced and not acknowledged. */
  readonly announced: readonly string[];
}

export async function outcomeOf({ client, clickhouse }: FailureStack): Promise<Outcome> {
  const log = await withAdmin(client, positionsOf);
  const counts = await new ReportRunner(clickhouse).one<
    Pick<Outcome, 'stored' | 'identities' | 'ranges'>
  >(
    `SELECT count() AS stored, uniqExact((tenant_id, source, event_id)) AS identities,
      (SELECT count() FROM {{database}}.ranges) AS ranges
    FROM {{database}}.key_events`,
  );
  const findings = await verifyDatabase(clickhouse, {
    topics: {
      keyEvents: TOPICS.keyEvents.name,
      alertEvents: TOPICS.alertEvents.name,
      deliveryEvents: TOPICS.deliveryEvents.name,
    },
    log,
  });
  if (findings.length === 0) throw new Error('nothing was verified');
  return {
    ...counts,
    wrong: findings.filter(({ ok }) => !ok),
    announced: log.map(({ announced }) => announced).filter((one) => one !== ''),
  };
}

/** Ids of the alerts that were told, and of those that had to be. */
export async function alertsOf({
  client,
}: FailureStack): Promise<{ told: string[]; due: string[] }> {
  const [told, due] = [await toldAlerts(client), await undisturbedAlerts(client)];
  return { told: [...told].sort(), due: [...due].sort() };
}
