import type { ClickHouse } from '@keywatch/clickhouse';
import type { BenchStack } from '../kit/stack.js';

/** What all contestants get: the same topic, each its own tables. */
export interface Course {
  readonly stack: BenchStack;
  /** Migrated and empty. */
  readonly clickhouse: ClickHouse;
  readonly events: number;
  readonly round: number;
  readonly signal: AbortSignal;
}

export interface Running {
  /** When consumption began, as performance.now() tells it. */
  readonly beganAt: number;
  /** Rejects when it can't go on. */
  readonly failed: Promise<never>;
  /** For the message where it stalls. */
  why(): Promise<string>;
  /** The process that does the work before the engine; undefined: there is none. */
  readonly pid?: number;
  stop(): Promise<void>;
}

/** A way from the topic into the tables. */
export interface Contestant {
  readonly id: 'ingest' | 'kafka-engine' | 'bare-inserts';
  readonly title: string;
  start(course: Course): Promise<Running>;
}
