import type { LimiterOptions } from './limiter.js';

/** How much the API does at once, and for how long. */
export class ApiLimits {
  /** Bodies under way: 32 of the largest are 160 MB. */
  readonly posts: number = 32;
  /** A slow report holds engine threads that ingest needs, too; a dashboard's burst waits a little. */
  readonly reports: LimiterOptions = { places: 4, waiting: 32, waitMs: 10_000 };
  /** An answer that is not out by then is cut off: who stops reading would hold its place for ever. In ms. */
  readonly answerMs: number = 600_000;

  constructor(given: Partial<ApiLimits> = {}) {
    Object.assign(this, given);
  }
}
