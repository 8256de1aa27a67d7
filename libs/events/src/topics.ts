const DAY_MS = 86_400_000;

/** The topic of one kind of event, with the settings it is created with. Times in ms, sizes in bytes. */
export interface TopicDefinition {
  readonly name: string;
  /** Partitions on a laptop. Settled once: changing the count of a topic with state is a move to a new topic. */
  readonly partitions: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Kafka stamps the arrival: freshness, horizons and the clamp of event times all lean on it. */
const ARRIVAL_TIME = { 'message.timestamp.type': 'LogAppendTime' } as const;

export const TOPICS = {
  keyEvents: {
    name: 'keywatch.key-events',
    partitions: 4,
    config: {
      ...ARRIVAL_TIME,
      'cleanup.policy': 'delete',
      'retention.ms': String(7 * DAY_MS),
    },
  },
  detectionState: {
    name: 'keywatch.detection-state',
    partitions: 4,
    config: {
      'cleanup.policy': 'compact',
      'min.compaction.lag.ms': String(3_600_000),
      'segment.bytes': String(16 * 1024 * 1024),
      'min.cleanable.dirty.ratio': '0.1',
    },
  },
  alertEvents: {
    name: 'keywatch.alert-events',
    partitions: 2,
    config: {
      ...ARRIVAL_TIME,
      'cleanup.policy': 'delete',
      'retention.ms': String(400 * DAY_MS),
    },
  },
  deliveryEvents: {
    name: 'keywatch.delivery-events',
    partitions: 2,
    config: {
      ...ARRIVAL_TIME,
      'cleanup.policy': 'delete',
      'retention.ms': String(30 * DAY_MS),
    },
  },
} as const satisfies Record<string, TopicDefinition>;

export const ALL_TOPICS: readonly TopicDefinition[] = Object.values(TOPICS);

/** Consumer groups whose positions others look at. Renaming one starts it anew. */
export const CONSUMER_GROUPS = { ingest: 'keywatch-ingest', detect: 'keywatch-detect' } as const;
