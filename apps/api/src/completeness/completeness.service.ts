import { CONSUMER_GROUPS, readerProgress, TOPICS } from '@keywatch/events';
import { Injectable } from '@nestjs/common';
import { Clock } from '@keywatch/platform';
import type { LogBounds, ReportTopic, TimeRange } from '@keywatch/reports';
import { Database } from '../ports/database.js';
import { LogEnds } from '../ports/log-ends.js';
import { alertsCompleteness, sweepsUpTo } from './alerts-completeness.js';
import { combined } from './combined.js';
import {
  completenessFrom,
  unknownCompleteness,
  watermarkOf,
  type Completeness,
  type PartitionCompleteness,
} from './completeness.js';
import { detectionLag, unknownDetection, type DetectionLag } from './detection.js';
import type { SweepsUpTo } from './finders.js';

/** Brokers and database are asked at most this often, however many reports run. */
const CACHED_MS = 1_000;

export interface TopicCompleteness {
  readonly completeness: Completeness;
  readonly partitions: readonly PartitionCompleteness[];
}

interface Cached<T> {
  readonly atMs: number;
  readonly answer: Promise<T>;
}

/** Says how complete answers are. Never throws: what can't be told is `unknown`, with the reason. */
@Injectable()
export class CompletenessService {
  private readonly cached = new Map<string, Cached<TopicCompleteness>>();
  private cachedDetection: Cached<DetectionLag> | undefined;

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

  /** How far detection has recorded that it got; it records every few seconds. At most a second old. */
  detection(): Promise<DetectionLag> {
    const now = this.clock.now();
    const cached = this.cachedDetection;
    if (cached !== undefined && now - cached.atMs < CACHED_MS) return cached.answer;
    const answer = this.readDetection(now);
    this.cachedDetection = { atMs: now, answer };
    return answer;
  }

  /** Of an answer that tells alerts: how far is stored what it rests on, and how far have they looked who find alerts. */
  async ofAlerts(topics: readonly ReportTopic[], range: TimeRange): Promise<Completeness> {
    // Those who find before what is stored: what they had told when asked is in what is asked after.
    const [detection, sweeps, keyEvents] = await Promise.all([
      this.detection(),
      this.sweeps(),
      this.ofTopic(TOPICS.keyEvents.name),
    ]);
    const deadLetters = keyEvents.completeness.total?.deadLetters ?? null;
    const told = await this.ofReport(topics, range);
    return alertsCompleteness(told, detection, { sweeps, deadLetters }, this.clock.now());
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

  private async readDetection(readAtMs: number): Promise<DetectionLag> {
    try {
      const reader = await this.logEnds.reader(CONSUMER_GROUPS.detect, TOPICS.keyEvents.name);
      return detectionLag(readerProgress(reader, readAtMs), this.clock.now());
    } catch (error) {
      return unknownDetection(`Kafka: ${(error as Error).message}`);
    }
  }

  private async sweeps(): Promise<SweepsUpTo> {
    try {
      return sweepsUpTo(await this.database.sweeps());
    } catch (error) {
      const reason = `ClickHouse: ${(error as Error).message}`;
      return { lastRoundAt: null, sweeps: [], reason };
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
