import {
  alertEventRow,
  IntakeWriter,
  keyEventRow,
  ReportRunner,
  type ClickHouse,
} from '@keywatch/clickhouse';
import { identityOf, type AlertEvent, type KeyEvent } from '@keywatch/events';

/** Puts events and alerts into a database as ingest would, each once per call. */
export class SpecStore {
  private readonly runner: ReportRunner;
  private written = 0;

  constructor(private readonly clickhouse: ClickHouse) {
    this.runner = new ReportRunner(clickhouse);
  }

  async events(
    ...arrivals: readonly { readonly event: KeyEvent; readonly logTimeMs: number }[]
  ): Promise<void> {
    const rows = arrivals.map(({ event, logTimeMs }) => {
      const identity = identityOf(event.tenantId, event.source, event.id);
      return keyEventRow(event, this.position('key-events', logTimeMs), identity, 0);
    });
    await this.write('key_event_intake', rows);
  }

  async alerts(alerts: readonly AlertEvent[]): Promise<void> {
    const rows = alerts.map((event) => {
      const at = this.position('alert-events', Date.parse(event.alert.detectedAt));
      return alertEventRow(event, at, identityOf('default', 'sweep', event.id), 0);
    });
    await this.write('alert_event_intake', rows);
  }

  /** Rows of a query of ours. */
  ask(query: string, params: Readonly<Record<string, unknown>> = {}): Promise<unknown[]> {
    return this.runner.query(query, params);
  }

  /** Rows of the query of an alert's evidence, as an analyst gets them. */
  evidence({ alert }: AlertEvent): Promise<unknown[]> {
    const query = alert.evidence.query ?? '';
    return this.runner.query(query.replaceAll(/FROM (\w+)/g, 'FROM {{database}}_views.$1'));
  }

  private async write(intake: 'key_event_intake' | 'alert_event_intake', rows: string[]) {
    if (rows.length === 0) return;
    await new IntakeWriter(this.clickhouse, intake).write(rows, `spec-${this.written}`);
  }

  private position(topic: string, logTimeMs: number) {
    this.written += 1;
    return { topic, partition: 0, offset: this.written, logTimeMs };
  }
}
