import { Module, type DynamicModule } from '@nestjs/common';
import { Clock } from '@keywatch/platform';
import { AlertActionsService } from './alerts/alert-actions.service.js';
import { AlertDetailService } from './alerts/alert-detail.service.js';
import { AlertsController } from './alerts/alerts.controller.js';
import { CompletenessController } from './completeness/completeness.controller.js';
import { CompletenessService } from './completeness/completeness.service.js';
import { PipelineMetrics } from './completeness/pipeline-metrics.js';
import { EventsController } from './events/events.controller.js';
import { EventsService } from './events/events.service.js';
import { HealthController } from './health/health.controller.js';
import { HealthService } from './health/health.service.js';
import { ApiLimits } from './http/limits.js';
import { ApiMetrics } from './http/metrics.js';
import { KeyStateService } from './keys/key-state.service.js';
import { KeysController } from './keys/keys.controller.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { Database } from './ports/database.js';
import { EventLog } from './ports/event-log.js';
import { LogEnds } from './ports/log-ends.js';
import { ReportsController } from './reports/reports.controller.js';
import { ReportsService } from './reports/reports.service.js';
import { SilencesController } from './silences/silences.controller.js';
import { SilencesService } from './silences/silences.service.js';

/** What the API stands on: the same ports in the process and in specs. */
export interface ApiPorts {
  readonly database: Database;
  readonly eventLog: EventLog;
  readonly logEnds: LogEnds;
  readonly clock: Clock;
}

@Module({
  controllers: [
    AlertsController,
    CompletenessController,
    EventsController,
    HealthController,
    KeysController,
    OpenApiController,
    ReportsController,
    SilencesController,
  ],
  providers: [
    AlertActionsService,
    AlertDetailService,
    CompletenessService,
    PipelineMetrics,
    EventsService,
    HealthService,
    KeyStateService,
    ReportsService,
    SilencesService,
  ],
})
export class ApiModule {
  static on(ports: ApiPorts, metrics: ApiMetrics, limits: ApiLimits): DynamicModule {
    return {
      module: ApiModule,
      providers: [
        { provide: Database, useValue: ports.database },
        { provide: EventLog, useValue: ports.eventLog },
        { provide: LogEnds, useValue: ports.logEnds },
        { provide: Clock, useValue: ports.clock },
        { provide: ApiMetrics, useValue: metrics },
        { provide: ApiLimits, useValue: limits },
      ],
    };
  }
}
