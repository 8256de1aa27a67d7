import { setTimeout as delay } from 'node:timers/promises';
import { encodeKeyEvent, type OutgoingKeyEvent } from '@keywatch/events';
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
    const body = encodeKeyEvent(event).value;
    // With the comma or bracket after it.
    const size = Buffer.byteLength(body) + 1;
    if (this.batch.length >= BATCH || this.bytes + size > BATCH_BYTES) await this.flush();
    this.batch.push({ body, place });
    this.bytes += size;
  }

  /**
   * @throws ApiError when the API refuses or stays away; the signal's reason, between two requests: one under way is
   * finished, so that what is counted as published is all that is
   */
  async flush(): Promise<void> {
    this.signal.throwIfAborted();
    const { batch } = this;
    if (batch.length === 0) return;
    this.batch = [];
    this.bytes = 0;
    const answer = await this.post(batch);
    this.counted.published += answer.accepted;
    answer.results.forEach(({ status, reason, error }, index) => {
      const place = batch[index]?.place;
      if (status !== 'accepted' && place !== undefined) {
        this.counted.reject(place, reason ?? 'rejected', error ?? 'rejected');
      }
    });
  }

  private async post(batch: readonly Waiting[]): Promise<PostAnswer> {
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
