import { identityOf, type AlertEvent, type KeyEvent } from '@keywatch/events';
import type { ClickHouse } from '../client.js';
import { ReportRunner } from '../report-runner.js';
import { alertEventRow } from '../rows/alert-event-row.js';
import { keyEventRow } from '../rows/key-event-row.js';
import type { Position } from '../rows/position.js';
import { IntakeWriter } from './intake-writer.js';

/**
 * Puts events and alerts into a database without a log: as the rows that ingest builds, through its intakes. Each call
 * stores what it is given; duplicates are not looked for. For databases of specs and of cases: the positions are made
 * up, from 1 on.
 */
export class DirectStore {
  private readonly runner: ReportRunner;
  private written = 0;

  constructor(
    private readonly clickhouse: ClickHouse,
    /** Ends writes and questions under way. */
    private readonly signal?: AbortSignal,
  ) {
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
    return this.runner.query(query, params, this.options);
  }

  private async write(intake: 'key_event_intake' | 'alert_event_intake', rows: Buffer[]) {
    if (rows.length === 0) return;
    const token = `direct-${this.written}`;
    await new IntakeWriter(this.clickhouse, intake).write(rows, token, this.options);
  }

  private get options(): { readonly signal?: AbortSignal } {
    return this.signal === undefined ? {} : { signal: this.signal };
  }

  private position(topic: string, logTimeMs: number): Position {
    this.written += 1;
    return { topic, partition: 0, offset: this.written, logTimeMs };
  }
}
