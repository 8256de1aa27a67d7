import { Injectable } from '@nestjs/common';
import { CLOUDEVENTS_JSON, decodeKeyEvent, type OutgoingMessage } from '@keywatch/events';
import { ProblemError } from '../http/problem.js';
import { ApiMetrics } from '../http/metrics.js';
import { appended } from '../ports/appended.js';
import { EventLog } from '../ports/event-log.js';

/** What became of one event. `reason` is a word to count by, `error` a sentence; both null where it was accepted. */
export interface ItemAnswer {
  /** The event's own id; null where it has none. */
  readonly id: string | null;
  readonly status: 'accepted' | 'rejected';
  readonly reason: string | null;
  readonly error: string | null;
}

export interface PostAnswer {
  readonly accepted: number;
  readonly rejected: number;
  /** In the order of the request. */
  readonly results: readonly ItemAnswer[];
}

@Injectable()
export class EventsService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly metrics: ApiMetrics,
  ) {}

  /**
   * Appends what can be a key event, and returns once the log has acknowledged it. One check decides here and at the
   * reader of the log, so that what is accepted can't become a dead letter later; but
   * for what tells of a line that an import could not read.
   * @throws ProblemError 400 with every answer where all are rejected; 503 where the log has not acknowledged
   */
  async post(items: readonly unknown[]): Promise<PostAnswer> {
    const messages: OutgoingMessage[] = [];
    const results = items.map((item) => this.check(item, messages));
    const rejected = items.length - messages.length;
    if (messages.length === 0) {
      const detail =
        items.length === 1
          ? `The event is rejected: ${results[0]?.error ?? ''}`
          : `All ${items.length} events are rejected; results says why.`;
      throw new ProblemError(400, detail, { accepted: 0, rejected, results });
    }
    await appended(this.eventLog, 'keyEvents', messages, this.metrics);
    this.metrics.eventsAccepted.inc(messages.length);
    return { accepted: messages.length, rejected, results };
  }

  private check(item: unknown, messages: OutgoingMessage[]): ItemAnswer {
    const id = idOf(item);
    const value = JSON.stringify(item ?? null);
    const decoded = decodeKeyEvent({ value: Buffer.from(value) });
    if (decoded.kind === 'ok') {
      const headers = { 'content-type': CLOUDEVENTS_JSON };
      messages.push({ key: decoded.event.keyId, value, headers });
      return { id, status: 'accepted', reason: null, error: null };
    }
    if (decoded.kind === 'dead-letter' && decoded.reason === 'rejected-line') {
      // The log keeps it as a dead letter, which is what it is meant to be.
      messages.push({ key: decoded.error, value, headers: { 'content-type': CLOUDEVENTS_JSON } });
      return { id, status: 'accepted', reason: null, error: null };
    }
    const error = decoded.kind === 'dead-letter' ? decoded.error : 'the event would be left out';
    this.metrics.eventsRejected.inc({ reason: decoded.reason });
    return { id, status: 'rejected', reason: decoded.reason, error };
  }
}

function idOf(item: unknown): string | null {
  const id = (item as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id.slice(0, 256) : null;
}
