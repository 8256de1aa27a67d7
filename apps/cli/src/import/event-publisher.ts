import { setTimeout as delay } from 'node:timers/promises';
import { encodeKeyEvent, type OutgoingKeyEvent } from '@keywatch/events';
import type { ApiClient, PostAnswer } from '../api/api-client.js';
import { CommandError } from '../command-error.js';
import type { ImportCount } from './import-count.js';

/** Events of one request; the API takes 1,000. */
const BATCH = 1000;
/** Bytes of one request; the API takes 5 MB. */
const BATCH_BYTES = 4_000_000;
/** Attempts at one request before the import gives up; it can be run again, what is in is recognised. */
const ATTEMPTS = 8;

interface Place {
  readonly file: string;
  readonly line: number;
}

/** Posts events in batches, one at a time, so that an import never outruns the log. */
export class EventPublisher {
  private bodies: string[] = [];
  private places: Place[] = [];
  private bytes = 0;

  constructor(
    private readonly api: Pick<ApiClient, 'postEvents'>,
    private readonly counted: ImportCount,
    private readonly signal: AbortSignal,
    private readonly pauseMs = 500,
  ) {}

  async add(event: OutgoingKeyEvent, file: string, line: number): Promise<void> {
    const body = encodeKeyEvent(event).value;
    if (this.bodies.length >= BATCH || this.bytes + body.length > BATCH_BYTES) await this.flush();
    this.bodies.push(body);
    this.places.push({ file, line });
    this.bytes += body.length;
  }

  /** @throws CommandError when the API stays away. */
  async flush(): Promise<void> {
    if (this.bodies.length === 0) return;
    const { bodies, places } = this;
    this.bodies = [];
    this.places = [];
    this.bytes = 0;
    const answer = await this.post(`[${bodies.join(',')}]`);
    this.counted.published += answer.accepted;
    answer.results.forEach(({ status, reason, error }, index) => {
      const place = places[index];
      if (status !== 'accepted' && place !== undefined) {
        this.counted.reject(place.file, place.line, reason ?? 'rejected', error ?? 'rejected');
      }
    });
  }

  private async post(body: string): Promise<PostAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.api.postEvents(body);
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof CommandError)) throw error;
        // Sent again with the same ids: what did arrive is recognised and dropped.
        await delay(this.pauseMs * attempt, undefined, { signal: this.signal });
      }
    }
  }
}
