import { ReportRunner, type ClickHouse } from '@keywatch/clickhouse';

/** A telling as it is stored. */
export interface StoredTelling {
  readonly id: string;
  readonly alertId: string;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly tenantId: string;
  readonly keyId: string;
  readonly detectedAtMs: number;
}

const COLUMNS = `event_id AS id, any(alert_id) AS alertId, any(rule) AS ruleId, any(rule_version) AS ruleVersion,
    any(tenant_id) AS tenantId, any(key_id) AS keyId, toUnixTimestamp64Milli(min(detected_at)) AS detectedAtMs`;

/** What detection told of events that arrived in a stretch of time (log time in ms); `rules` empty: all. */
export function storedTellings(
  clickhouse: ClickHouse,
  {
    fromMs,
    toMs,
    rules,
  }: { readonly fromMs: number; readonly toMs: number; readonly rules: readonly string[] },
  signal: AbortSignal,
): AsyncGenerator<StoredTelling> {
  return new ReportRunner(clickhouse).stream<StoredTelling>(
    `SELECT ${COLUMNS} FROM {{database}}.alert_events
    WHERE source = 'detect'
      AND detected_at >= fromUnixTimestamp64Milli({fromMs:Int64})
      AND detected_at < fromUnixTimestamp64Milli({toMs:Int64})
      AND (empty({rules:Array(String)}) OR has({rules:Array(String)}, rule))
    GROUP BY event_id`,
    { fromMs, toMs, rules },
    { signal, limits: { maxSeconds: 300 } },
  );
}

/** Those of the tellings that are stored by now. */
export function storedAmong(
  clickhouse: ClickHouse,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<StoredTelling[]> {
  return new ReportRunner(clickhouse).query<StoredTelling>(
    `SELECT ${COLUMNS} FROM {{database}}.alert_events
    WHERE source = 'detect' AND has({ids:Array(String)}, event_id) AND has({alerts:Array(String)}, alert_id)
    GROUP BY event_id`,
    { ids, alerts: [...new Set(ids.map((id) => id.slice(0, id.indexOf(':'))))] },
    { signal, limits: { maxSeconds: 60 } },
  );
}
