import { Injectable } from '@nestjs/common';
import { TOPICS } from '@keywatch/events';
import { Database } from '../ports/database.js';
import { LogEnds } from '../ports/log-ends.js';

@Injectable()
export class HealthService {
  constructor(
    private readonly database: Database,
    private readonly logEnds: LogEnds,
  ) {}

  /** Why requests can't be answered now; empty: they can. */
  async reasons(): Promise<string[]> {
    const found = await Promise.all([this.kafka(), this.clickhouse()]);
    return found.filter((reason) => reason !== undefined);
  }

  private async kafka(): Promise<string | undefined> {
    try {
      await this.logEnds.read(TOPICS.keyEvents.name);
      return undefined;
    } catch (error) {
      return `Kafka: ${(error as Error).message}`;
    }
  }

  private async clickhouse(): Promise<string | undefined> {
    try {
      const missing = await this.database.missingTables();
      if (missing.length === 0) return undefined;
      return `ClickHouse has no ${missing.join(', ')}: start ingest, which makes them`;
    } catch (error) {
      return `ClickHouse: ${(error as Error).message}`;
    }
  }
}
