export interface BrokerPorts {
  readonly broker: number;
  readonly controller: number;
}

/** Consumer positions of a group that is away: ten years, in minutes. Kafka's default of a week lost a holiday's. */
const OFFSETS_RETENTION_MINUTES = 10 * 365 * 24 * 60;

/**
 * The settings of a broker for one machine: one node that is broker and controller, only on 127.0.0.1, every internal
 * topic with one copy, small enough to live beside the apps. Topics keep their own retention; the default here is Kafka's
 * week. Reference: https://kafka.apache.org/43/configuration/broker-configs/
 */
export function serverProperties(dataDir: string, ports: BrokerPorts): string {
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${ports.controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.broker}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': dataDir,
    // After kill -9 the controller lets the broker in again only when its old session is over: 9 s by default.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'offsets.retention.minutes': OFFSETS_RETENTION_MINUTES,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    // A member that was killed need not be waited for longer than its own setting says.
    'group.min.session.timeout.ms': 1_000,
    'log.retention.hours': 168,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'num.recovery.threads.per.data.dir': 2,
    // The default of 128 MB is a quarter of the heap that we give.
    'log.cleaner.dedupe.buffer.size': 32 * 1024 * 1024,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escapeProperty(String(value))}\n`)
    .join('');
}

/** java.util.Properties reads a backslash as an escape. */
const escapeProperty = (value: string): string => value.replaceAll('\\', '\\\\');

/** Warnings, and the few lines that tell of start, recovery and end, into one file of at most 3 x 5 MB. */
export function log4jConfig(logFile: string): string {
  return `status=ERROR
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=${escapeProperty(logFile)}
appender.file.filePattern=${escapeProperty(logFile)}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=%d{ISO8601} %p %m (%c{1})%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=5MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=2
rootLogger.level=WARN
rootLogger.appenderRef.file.ref=file
logger.server.name=kafka.server.KafkaRaftServer
logger.server.level=INFO
logger.logs.name=kafka.log.LogManager
logger.logs.level=INFO
`;
}
