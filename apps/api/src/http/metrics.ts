import { Counter, createRegistry, Gauge, Histogram, type Registry } from '@keywatch/platform';

/** The API's own figures. Labels are few by nature: never a key, a tenant or an address. */
export class ApiMetrics {
  readonly registry: Registry = createRegistry('api');

  readonly requests = new Counter({
    name: 'keywatch_http_requests_total',
    help: 'Requests by route, method and status',
    labelNames: ['route', 'method', 'status'],
    registers: [this.registry],
  });
  readonly seconds = new Histogram({
    name: 'keywatch_http_request_duration_seconds',
    help: 'Time from the request to the end of its answer',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [this.registry],
  });
  readonly eventsAccepted = new Counter({
    name: 'keywatch_events_accepted_total',
    help: 'Events that Kafka acknowledged',
    registers: [this.registry],
  });
  readonly eventsRejected = new Counter({
    name: 'keywatch_events_rejected_total',
    help: 'Events that can not be key events, by reason',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly logUnavailable = new Counter({
    name: 'keywatch_event_log_unavailable_total',
    help: 'Times that Kafka did not acknowledge in time',
    registers: [this.registry],
  });
  readonly reportsRunning = new Gauge({
    name: 'keywatch_reports_running',
    help: 'Reports under way',
    registers: [this.registry],
  });
}
