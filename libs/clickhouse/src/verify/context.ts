import type { ReportRunner, ReadLimits } from '../report-runner.js';

/** One partition as the broker and the consumer group know it. Offsets are exact up to 2^53. */
export interface LogPartition {
  readonly topic: string;
  readonly partition: number;
  /** First offset the log still has. */
  readonly start: number;
  /** Offset after the last message. */
  readonly end: number;
  /** Committed offset of the ingest group; undefined where it has none. */
  readonly committed: number | undefined;
}

export interface VerifyTopics {
  readonly keyEvents: string;
  readonly alertEvents: string;
  readonly deliveryEvents: string;
}

export interface VerifyContext {
  readonly run: ReportRunner;
  readonly topics: VerifyTopics;
  readonly log: readonly LogPartition[];
  readonly signal: AbortSignal | undefined;
}

/** Reading all rows takes its time; a cap keeps a forgotten run from lasting for ever. */
export const VERIFY_LIMITS: ReadLimits = { maxSeconds: 1_800, maxMemoryBytes: 4_000_000_000 };

export async function rows<T>(
  context: VerifyContext,
  sql: string,
  params: Readonly<Record<string, unknown>> = {},
): Promise<T[]> {
  const { run, signal } = context;
  return run.query<T>(sql, params, {
    limits: VERIFY_LIMITS,
    ...(signal === undefined ? {} : { signal }),
  });
}
