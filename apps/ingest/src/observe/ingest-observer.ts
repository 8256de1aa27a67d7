import type { InsertRetry } from '@keywatch/clickhouse';
import {
  READ_RETRY,
  type Range,
  type RangeObserver,
  type RangeStep,
  type ReadRetry,
} from '@keywatch/kafka';
import type { Clock, KillSwitch, Log } from '@keywatch/platform';
import type { BuiltRange } from '../rows/build-range.js';
import type { SinkObserver } from '../rows/intake-sink.js';
import type { IngestMetrics } from './ingest-metrics.js';
import type { IngestStatus } from './ingest-status.js';

/** Turns what happens to ranges into log lines, metrics and readiness. */
export class IngestObserver implements RangeObserver, SinkObserver {
  private readonly stopped = new Map<string, Set<number>>();

  constructor(
    private readonly log: Log,
    private readonly metrics: IngestMetrics,
    private readonly status: IngestStatus,
    private readonly killSwitch: KillSwitch<RangeStep>,
    private readonly clock: Clock,
  ) {}

  /** How positions and identities are asked for again where the asking fails. */
  get readRetry(): ReadRetry {
    return {
      ...READ_RETRY,
      onRetry: (error) => {
        const message = error instanceof Error ? error.message : String(error);
        this.status.trouble('reading', message);
        this.log.warn({ error: message }, 'Reading is tried again');
      },
    };
  }

  step(step: RangeStep): void {
    this.killSwitch.passed(step);
  }

  started(topic: string, partition: number, from: bigint, why: string): void {
    // Another owner, or this one after a change of the group, looks anew.
    if (this.stopped.get(topic)?.delete(partition) === true) {
      this.metrics.held.set({ topic }, this.stopped.get(topic)?.size ?? 0);
      this.status.fine(`${topic}/${partition} flood`);
    }
    this.status.fine('reading');
    this.log.info({ topic, partition, from: String(from), why }, 'Partition is read');
  }

  written(range: Range, { behind, again }: { behind: bigint; again: boolean }): void {
    const { topic, partition } = range;
    this.metrics.ranges.inc({ topic, again: String(again) });
    this.metrics.lagMessages.set({ topic, partition }, Number(behind));
    if (behind === 0n) this.metrics.lagSeconds.set({ topic, partition }, 0);
    if (again) {
      this.log.info(
        { topic, partition, from: String(range.from), to: String(range.to) },
        'Open range of an earlier run is finished',
      );
    }
  }

  waiting(topic: string, partition: number, waits: boolean): void {
    this.log.debug(
      { topic, partition },
      waits ? 'Partition waits for memory' : 'Partition goes on',
    );
  }

  held(topic: string, partition: number, at: bigint, reason: string): void {
    const partitions = (this.stopped.get(topic) ?? new Set()).add(partition);
    this.stopped.set(topic, partitions);
    this.metrics.held.set({ topic }, partitions.size);
    this.status.trouble(`${topic}/${partition} flood`, reason);
    this.log.error({ topic, partition, at: String(at) }, reason);
  }

  inserted(topic: string, partition: number, built: BuiltRange, seconds: number): void {
    const { counts, deadLetters } = built;
    this.status.fine(`${topic}/${partition} insert`);
    this.status.fine('reading');
    this.metrics.events.inc({ topic }, counts.events);
    this.metrics.duplicates.inc({ topic }, counts.duplicates);
    this.metrics.conflicts.inc({ topic }, counts.conflicts);
    this.metrics.dropped.inc({ topic }, counts.dropped);
    for (const [reason, n] of deadLetters) this.metrics.deadLetters.inc({ topic, reason }, n);
    this.metrics.rangeMessages.observe({ topic }, counts.messages);
    this.metrics.insertSeconds.observe({ topic }, seconds);
    const age = Math.max(0, this.clock.now() - counts.lastLogTimeMs) / 1000;
    this.metrics.lagSeconds.set({ topic, partition }, age);
    if (counts.conflicts > 0) {
      this.log.warn(
        { topic, partition, conflicts: counts.conflicts },
        'Messages repeat an identity with another body: a producer uses ids twice',
      );
    }
  }

  retrying(topic: string, partition: number, { attempt, error, waitMs }: InsertRetry): void {
    const message = error instanceof Error ? error.message : String(error);
    this.metrics.insertRetries.inc({ topic });
    this.status.trouble(
      `${topic}/${partition} insert`,
      `ClickHouse does not take ${topic}/${partition}: ${message}`,
    );
    this.log.warn({ topic, partition, attempt, waitMs, error: message }, 'Insert is tried again');
  }

  warmed(topic: string, partition: number, identities: number, seconds: number): void {
    this.log.debug(
      { topic, partition, identities, seconds },
      'Identities before the range are known',
    );
  }
}
