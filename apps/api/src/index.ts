export { type ApiPorts } from './api.module.js';
export { createApi, type ApiOptions } from './create-app.js';
export { ClickHouseDatabase } from './ports/clickhouse-database.js';
export { Database, type Counts } from './ports/database.js';
export { EventLog, LogUnavailable, type WrittenTopic } from './ports/event-log.js';
export { KafkaEventLog } from './ports/kafka-event-log.js';
export { KafkaLogEnds } from './ports/kafka-log-ends.js';
export { LogEnds } from './ports/log-ends.js';
