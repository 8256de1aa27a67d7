import { describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { Clock, SystemClock } from '@keywatch/platform';
import { ApiModule } from './api.module.js';
import { EventsController } from './events/events.controller.js';
import { HealthController } from './health/health.controller.js';
import { ApiLimits } from './http/limits.js';
import { ApiMetrics } from './http/metrics.js';
import { ClickHouseDatabase } from './ports/clickhouse-database.js';
import { KafkaEventLog } from './ports/kafka-event-log.js';
import { KafkaLogEnds } from './ports/kafka-log-ends.js';
import { ReportsService } from './reports/reports.service.js';
import { createClickHouse } from '@keywatch/clickhouse';

describe('ApiModule', () => {
  it('finds everything that its parts ask for', async () => {
    const client = { brokers: ['127.0.0.1:1'] };
    const clickhouse = createClickHouse({ url: 'http://127.0.0.1:1' });
    const ports = {
      database: new ClickHouseDatabase(clickhouse),
      eventLog: new KafkaEventLog(client),
      logEnds: new KafkaLogEnds(client),
      clock: new SystemClock(),
    };
    const module = await Test.createTestingModule({
      imports: [ApiModule.on(ports, new ApiMetrics(), new ApiLimits())],
    }).compile();
    for (const part of [EventsController, HealthController, ReportsService]) {
      expect(module.get(part)).toBeInstanceOf(part);
    }
    expect(module.get(Clock)).toBe(ports.clock);
    await module.close();
    await clickhouse.close();
  });
});
