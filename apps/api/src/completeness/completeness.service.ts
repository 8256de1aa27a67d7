import { CONSUMER_GROUPS, TOPICS } from '@keywatch/events';
import { Injectable } from '@nestjs/common';
import { Clock } from '@keywatch/platform';
import type { LogBounds, ReportTopic, TimeRange } from '@keywatch/reports';
import { Database } from '../ports/database.js';
import { LogEnds } from '../ports/log-ends.js';
import { combined } from './combined.js';
import {
  completenessFrom,
  unknownCompleteness,
  watermarkOf,
  type Completeness,
  type PartitionCompleteness,
} from './completeness.js';

/** Brokers and database are asked at most this often, however many reports run. */
const CACHED_MS = 1_000;

export interface TopicCompleteness {
  readonly completeness: Completeness;
  readonly partitions: readonly PartitionCompleteness[];
}

interface Cached {
  readonly atMs: number;
  readonly answer: Promise<TopicCompleteness>;
}

/** How far detection is behind the log. */
export interface DetectionLag {
  /** Messages that it has not folded and recorded yet; null: unknown. */
  readonly lag: number | null;
  /** Why it is unknown; null where it is known. */
  readonly reason: string | null;
  /** Offset after the last that it has recorded, for those who wait for a position; empty: unknown. */
  readonly partitions: readonly { readonly partition: number; readonly position: number }[];
}

/** Says how complete answers are. Never throws: what can't be told is `unknown`, with the reason. */
@Injectable()
export class CompletenessService {
  private readonly cached = new Map<string, Cached>();

  constructor(
    private readonly database: Database,
    private readonly logEnds: LogEnds,
    private readonly clock: Clock,
  ) {}

  /** At most a second old; an answer read after this is at least as complete. */
  ofTopic(topic: string): Promise<TopicCompleteness> {
    const now = this.clock.now();
    const cached = this.cached.get(topic);
    if (cached !== undefined && now - cached.atMs < CACHED_MS) return cached.answer;
    const answer = this.read(topic);
    this.cached.set(topic, { atMs: now, answer });
    return answer;
  }

  /** Alerts are complete as far as detection has recorded that it got; it records every few seconds. */
  async detection(): Promise<DetectionLag> {
    const topic = TOPICS.keyEvents.name;
    try {
      const committed = await this.logEnds.committed(CONSUMER_GROUPS.detect, topic);
      const ends = await this.logEnds.read(topic);
      const partitions = ends.map(({ partition, low }) => ({
        partition,
        position: Math.max(low, committed.get(partition) ?? low),
      }));
      const lag = ends.reduce(
        (total, { high }, index) => total + Math.max(0, high - (partitions[index]?.position ?? 0)),
        0,
      );
      return { lag, reason: null, partitions };
    } catch (error) {
      return { lag: null, reason: `Kafka: ${(error as Error).message}`, partitions: [] };
    }
  }

  /** Of an answer about a time range that rests on several topics. */
  async ofReport(topics: readonly ReportTopic[], range: TimeRange): Promise<Completeness> {
    const parts = await Promise.all(
      topics.map(async (topic) => {
        const { name } = TOPICS[topic];
        return [name, await this.ofAnswer(name, range)] as const;
      }),
    );
    return combined(parts);
  }

  /** Bounds of all partitions of these topics; undefined where the brokers can't be asked. */
  async logBounds(topics: readonly ReportTopic[]): Promise<LogBounds[] | undefined> {
    try {
      const bounds = await Promise.all(
        topics.map(async (topic) => {
          const { name } = TOPICS[topic];
          return (await this.logEnds.read(name)).map((end) => ({ topic: name, ...end }));
        }),
      );
      return bounds.flat();
    } catch {
      // Why is said by the completeness of the answer, which asks the same brokers.
      return undefined;
    }
  }

  /** For an answer about a time range; an open range is everything. */
  async ofAnswer(topic: string, range: TimeRange): Promise<Completeness> {
    const { completeness } = await this.ofTopic(topic);
    if (completeness.state === 'unknown') return completeness;
    if (range.from === undefined && range.to === undefined) {
      return { ...completeness, inRange: completeness.total };
    }
    try {
      return { ...completeness, inRange: await this.database.counts(topic, range) };
    } catch (error) {
      return unknownCompleteness(`ClickHouse: ${(error as Error).message}`);
    }
  }

  private async read(topic: string): Promise<TopicCompleteness> {
    const from = (who: string) => (error: unknown) => {
      throw new Error(`${who}: ${(error as Error).message}`);
    };
    try {
      // Positions before ends: a position read first can't be beyond an end read later.
      const stored = await this.database.stored(topic).catch(from('ClickHouse'));
      const total = await this.database.counts(topic, {}).catch(from('ClickHouse'));
      const readAtMs = this.clock.now();
      const ends = await this.logEnds.read(topic).catch(from('Kafka'));
      const watermark = watermarkOf(stored, ends, readAtMs);
      return {
        completeness: completenessFrom(watermark, total, this.clock.now()),
        partitions: watermark.partitions,
      };
    } catch (error) {
      return { completeness: unknownCompleteness((error as Error).message), partitions: [] };
    }
  }
}
