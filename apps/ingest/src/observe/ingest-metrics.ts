import { DEAD_LETTER_REASONS, TOPICS } from '@keywatch/events';
import { Counter, Gauge, Histogram, type Registry } from '@keywatch/platform';

const STORED_TOPICS = [TOPICS.keyEvents.name, TOPICS.alertEvents.name, TOPICS.deliveryEvents.name];
const INSERT_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const RANGE_MESSAGES = [1, 10, 100, 1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 200_000];

/** What ingest counts; names and meanings stand in docs with the dashboards. */
export class IngestMetrics {
  readonly events: Counter;
  readonly duplicates: Counter;
  readonly conflicts: Counter;
  readonly deadLetters: Counter;
  readonly dropped: Counter;
  readonly ranges: Counter;
  readonly rangeMessages: Histogram;
  readonly insertSeconds: Histogram;
  readonly insertRetries: Counter;
  readonly lagMessages: Gauge;
  readonly lagSeconds: Gauge;
  readonly held: Gauge;

  constructor(registry: Registry, bytesInFlight: () => number) {
    const topics = { labelNames: ['topic'], registers: [registry] };
    const partitions = { labelNames: ['topic', 'partition'], registers: [registry] };
    this.events = new Counter({
      name: 'keywatch_ingest_events_total',
      help: 'Events written',
      ...topics,
    });
    this.duplicates = new Counter({
      name: 'keywatch_ingest_duplicates_total',
      help: 'Messages dropped because their identity stood in the log before',
      ...topics,
    });
    this.conflicts = new Counter({
      name: 'keywatch_ingest_conflicts_total',
      help: 'Duplicates whose body differs from the one before',
      ...topics,
    });
    this.deadLetters = new Counter({
      name: 'keywatch_ingest_dead_letters_total',
      help: 'Messages that can not be events, by reason',
      labelNames: ['topic', 'reason'],
      registers: [registry],
    });
    // Shown from the start, so that the first is an increase.
    for (const topic of STORED_TOPICS)
      for (const reason of DEAD_LETTER_REASONS) this.deadLetters.inc({ topic, reason }, 0);
    this.dropped = new Counter({
      name: 'keywatch_ingest_dropped_total',
      help: 'Messages left out on purpose',
      ...topics,
    });
    this.ranges = new Counter({
      name: 'keywatch_ingest_ranges_total',
      help: 'Ranges written; again: found announced and sent once more',
      labelNames: ['topic', 'again'],
      registers: [registry],
    });
    this.rangeMessages = new Histogram({
      name: 'keywatch_ingest_range_messages',
      help: 'Messages in a range',
      buckets: RANGE_MESSAGES,
      ...topics,
    });
    this.insertSeconds = new Histogram({
      name: 'keywatch_ingest_insert_seconds',
      help: 'Time of an insert, retries included',
      buckets: INSERT_SECONDS,
      ...topics,
    });
    this.insertRetries = new Counter({
      name: 'keywatch_ingest_insert_retries_total',
      help: 'Tries of inserts that failed and were made again',
      ...topics,
    });
    this.lagMessages = new Gauge({
      name: 'keywatch_ingest_lag_messages',
      help: 'Messages in the log behind the last range written',
      ...partitions,
    });
    this.lagSeconds = new Gauge({
      name: 'keywatch_ingest_lag_seconds',
      help: 'Age of the last message written, by its arrival; 0 at the end of the log',
      ...partitions,
    });
    this.held = new Gauge({
      name: 'keywatch_ingest_partitions_held',
      help: 'Partitions stopped by a flood of dead letters',
      ...topics,
    });
    new Gauge({
      name: 'keywatch_ingest_bytes_in_flight',
      help: 'Message bytes held at the moment',
      registers: [registry],
      collect() {
        this.set(bytesInFlight());
      },
    });
  }
}
