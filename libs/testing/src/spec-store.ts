import { DirectStore } from '@keywatch/clickhouse';
import type { AlertEvent } from '@keywatch/events';

/** A database of one spec, filled as ingest would fill it. */
export class SpecStore extends DirectStore {
  /** Rows of the query of an alert's evidence, as an analyst gets them. */
  evidence({ alert }: AlertEvent): Promise<unknown[]> {
    const query = alert.evidence.query ?? '';
    return this.ask(query.replaceAll(/FROM (\w+)/g, 'FROM {{database}}_views.$1'));
  }
}
