import { Injectable } from '@nestjs/common';
import { TOPICS } from '@keywatch/events';
import { Gauge } from '@keywatch/platform';
import { ApiMetrics } from '../http/metrics.js';
import type { Completeness, PartitionCompleteness } from './completeness.js';
import { CompletenessService } from './completeness.service.js';

const STORED = [TOPICS.keyEvents.name, TOPICS.alertEvents.name, TOPICS.deliveryEvents.name];

/**
 * How complete the stored data is, seen from outside of ingest and detect: also while they are away. Asked when
 * metrics are read.
 */
@Injectable()
export class PipelineMetrics {
  constructor(
    private readonly completeness: CompletenessService,
    private readonly metrics: ApiMetrics,
  ) {
    this.perTopic(
      'keywatch_pipeline_known',
      'Whether it could be told how complete the stored data is: 1, else 0',
      ({ state }) => (state === 'unknown' ? 0 : 1),
    );
    this.perPartition(
      'keywatch_pipeline_lag_messages',
      'Messages of a partition that have arrived and are not stored',
      ({ lag }) => lag,
    );
    this.perPartition(
      'keywatch_pipeline_position',
      'Offset of a partition up to which everything is stored; 0: nothing of it is',
      ({ position }) => position ?? 0,
    );
    this.perTopic(
      'keywatch_pipeline_lag_seconds',
      'Seconds since the time up to which everything that had arrived is stored',
      ({ lag }) => lag.seconds,
    );
    this.perTopic(
      'keywatch_pipeline_missing_messages',
      'Messages that are missing for good, or until an operator acts',
      ({ missing }) => missing,
    );
    new Gauge({
      name: 'keywatch_detection_lag_messages',
      help: 'Messages that detection has not evaluated and recorded; missing: it can not be told',
      registers: [metrics.registry],
      async collect() {
        const { lag } = await completeness.detection();
        if (lag === null) this.remove();
        else this.set(lag);
      },
    });
  }

  /** A partition of which nothing can be told has no figure. */
  private perPartition(
    name: string,
    help: string,
    of: (now: PartitionCompleteness) => number,
  ): void {
    const { completeness } = this;
    new Gauge({
      name,
      help,
      labelNames: ['topic', 'partition'],
      registers: [this.metrics.registry],
      async collect() {
        const topics = await Promise.all(
          STORED.map(async (topic) => ({
            topic,
            partitions: (await completeness.ofTopic(topic)).partitions,
          })),
        );
        this.reset();
        for (const { topic, partitions } of topics)
          for (const one of partitions) this.set({ topic, partition: one.partition }, of(one));
      },
    });
  }

  /** @param of null: unknown, there is no such figure */
  private perTopic(name: string, help: string, of: (now: Completeness) => number | null): void {
    const { completeness } = this;
    new Gauge({
      name,
      help,
      labelNames: ['topic'],
      registers: [this.metrics.registry],
      async collect() {
        const figures = await Promise.all(
          STORED.map(async (topic) => ({
            topic,
            figure: of((await completeness.ofTopic(topic)).completeness),
          })),
        );
        this.reset();
        for (const { topic, figure } of figures) if (figure !== null) this.set({ topic }, figure);
      },
    });
  }
}
