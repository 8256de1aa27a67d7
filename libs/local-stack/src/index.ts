export {
  type ClickHouseHandle,
  type ClickHouseOptions,
  startClickHouse,
} from './clickhouse/start-clickhouse.js';
export { type Login } from './clickhouse/login.js';
export { type DockerUse } from './docker/docker.js';
export { type DoctorCheck, doctorChecks, type DoctorOptions } from './doctor.js';
export {
  type EngineAvailability,
  engineAvailable,
  type EngineHandle,
  type EngineOptions,
  startEngine,
  startTemporaryEngine,
} from './engine/index.js';
export { KAFKA_VERSION } from './kafka/jars.js';
export { type KafkaHandle, type KafkaOptions, startKafka } from './kafka/start-kafka.js';
export { type Log } from './log.js';
export { isPortFree, keptPorts } from './ports.js';
export {
  type Addresses,
  type ClaimedFolder,
  claimFolder,
  readRuntime,
  type Runtime,
} from './runtime.js';
export { type Exit, type Service } from './service.js';
export { type Backoff } from './supervisor/backoff.js';
export { type CommandSpec, type ProcessSpec, type ServiceSpec } from './supervisor/process-spec.js';
export { type SuperviseOptions, type Supervisor, supervise } from './supervisor/supervise.js';
export { type ProcessState, type State } from './supervisor/supervised.js';
export { NoWayError } from './ways.js';
