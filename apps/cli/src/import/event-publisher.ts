import { setTimeout as delay } from 'node:timers/promises';
import { encodeKeyEvent, rejectedLineEvent, type OutgoingKeyEvent } from '@keywatch/events';
import type { ApiClient, PostAnswer } from '../api/api-client.js';
import { ApiError } from '../api/api-error.js';
import type { ImportCount, Place } from './import-count.js';

/** Events of one request; the API takes 1,000. */
const BATCH = 1000;
/** Bytes of one request; the API takes 5 MB. */
const BATCH_BYTES = 4_000_000;
/** Attempts at one request before the import gives up; it can be run again, what is in is recognised. */
const ATTEMPTS = 8;

interface Waiting {
  readonly body: string;
  readonly place: Place;
  /** Lane of the import, where the body is an event; what tells of a rejected line is none. */
  readonly lane: string | undefined;
}

/** Posts events in batches, one at a time, so that an import never outruns the log. */
export class EventPublisher {
  private batch: Waiting[] = [];
  private bytes = 0;

  constructor(
    private readonly api: Pick<ApiClient, 'postEvents'>,
    private readonly counted: ImportCount,
    private readonly signal: AbortSignal,
    private readonly pauseMs = 500,
  ) {}

  /** @throws ApiError, the signal's reason: like flush */
  async add(event: OutgoingKeyEvent, place: Place): Promise<void> {
    await this.post({ body: encodeKeyEvent(event).value, place, lane: event.lane ?? '' });
  }

  /** Counts a record as rejected and tells the log of it, which keeps it as a dead letter. @throws like add */
  async reject(place: Place, lane: string, reason: string, error: string): Promise<void> {
    await this.post(this.rejected(place, lane, reason, error));
  }

  /**
   * Sends what waits, and what is to be told of it.
   * @throws ApiError when the API refuses or stays away; the signal's reason, between two requests: one under way is
   * finished, so that what is counted as published is all that is
   */
  async flush(): Promise<void> {
    while (this.batch.length > 0) await this.sendBatch();
  }

  private async post(waiting: Waiting): Promise<void> {
    // With the comma or bracket after it.
    const size = Buffer.byteLength(waiting.body) + 1;
    if (this.batch.length >= BATCH || this.bytes + size > BATCH_BYTES) await this.sendBatch();
    this.batch.push(waiting);
    this.bytes += size;
  }

  private async sendBatch(): Promise<void> {
    this.signal.throwIfAborted();
    const { batch } = this;
    this.batch = [];
    this.bytes = 0;
    const { results } = await this.send(batch);
    batch.forEach(({ place, lane }, index) => {
      const { status, reason, error } = results[index] ?? {};
      if (status === 'accepted') {
        this.counted[lane === undefined ? 'deadLetters' : 'published'] += 1;
      } else if (lane !== undefined) {
        // The next request tells of it.
        const told = this.rejected(place, lane, reason ?? 'rejected', error ?? 'rejected');
        this.batch.push(told);
        this.bytes += Buffer.byteLength(told.body) + 1;
      }
    });
  }

  private rejected(place: Place, lane: string, reason: string, error: string): Waiting {
    this.counted.reject(place, reason, error);
    const body = JSON.stringify(rejectedLineEvent({ ...place, lane, reason, error }));
    return { body, place, lane: undefined };
  }

  private async send(batch: readonly Waiting[]): Promise<PostAnswer> {
    const body = `[${batch.map((waiting) => waiting.body).join(',')}]`;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.api.postEvents(body);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 413 && batch.length === 1) return tooLarge(error);
        if (attempt === ATTEMPTS || !error.mayPass) throw error;
        // Sent again with the same ids: what did arrive is recognised and dropped.
        const pauseMs = Math.max(this.pauseMs * attempt, error.retryAfterMs);
        await delay(pauseMs, undefined, { signal: this.signal });
      }
    }
  }
}

/** One event that no request has room for is a bad record, not the end of the import. */
function tooLarge({ message }: ApiError): PostAnswer {
  const result = { id: null, status: 'rejected', reason: 'too-large', error: message };
  return { accepted: 0, rejected: 1, results: [result] };
}
