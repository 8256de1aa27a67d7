import { decodeKeyEvent, REQUEST_MADE } from '@keywatch/events';
import type { ChangelogPartition, KafkaMessage } from '@keywatch/kafka';
import { AlertOutbox } from './alert-outbox.js';
import type { EngineSpan, EngineTimeline } from './engine-timeline.js';
import type { FoldOutcome } from './fold-engine.js';

/** What the fold looks at of a message. */
export type LoggedMessage = Pick<KafkaMessage, 'offset' | 'timestamp' | 'value' | 'headers'>;

/** What became of one message. */
export type MessageOutcome = FoldOutcome | 'undecodable' | 'refused';

/** A message that could not be folded although it is an event: a bug, which trying again doesn't mend. */
export class FoldError extends Error {
  constructor(partition: number, offset: number, cause: unknown) {
    super(
      `The event at partition ${partition}, offset ${offset} can't be folded: ${(cause as Error).message}`,
      { cause },
    );
    this.name = 'FoldError';
  }
}

/**
 * Clocks of brokers may differ when the leader moves. Records are taken away this much later than they expire, so
 * that no event can come whose log time says that they hadn't.
 */
const REMOVAL_MARGIN_MS = 3_600_000;
const DAY_MS = 86_400_000;
const REMOVAL_PASS_MS = 3_600_000;

/** One partition's fold: events in log order into records, alerts into the outbox. No clock but the log's. */
export class PartitionFold<R> {
  readonly outbox = new AlertOutbox();
  private span: EngineSpan<R>;
  private logTimeMs = 0;
  private nextPassMs = 0;
  private pass: string[] | undefined;

  constructor(
    readonly state: ChangelogPartition<R>,
    private engines: EngineTimeline<R>,
  ) {
    this.span = engines.at(state.position);
  }

  get partition(): number {
    return this.state.partition;
  }

  /** Log time of the last message folded, in ms; 0 before the first. */
  get lastLogTimeMs(): number {
    return this.logTimeMs;
  }

  /** UTC day (since 1970) of the last message folded, by log time. */
  get day(): number {
    return Math.floor(this.logTimeMs / DAY_MS);
  }

  /** Other settings for what isn't folded yet. */
  retime(engines: EngineTimeline<R>): void {
    this.engines = engines;
    this.span = engines.at(this.state.position);
  }

  /**
   * Folds one message and moves the position behind it. Messages before the position are in already.
   * @throws FoldError where the engine fails: a bug.
   */
  fold(message: LoggedMessage): MessageOutcome {
    const offset = Number(message.offset);
    if (offset < this.state.position) return 'already-folded';
    try {
      return this.foldAt(offset, message);
    } catch (error) {
      throw new FoldError(this.partition, offset, error);
    }
  }

  private foldAt(offset: number, message: LoggedMessage): MessageOutcome {
    const { state } = this;
    if (offset >= this.span.until) this.span = this.engines.at(offset);
    const { engine, unknownKeys } = this.span;
    state.position = offset + 1;
    this.logTimeMs = Number(message.timestamp);
    const decoded = decodeKeyEvent(message);
    if (decoded.kind !== 'ok') return 'undecodable';
    const { event } = decoded;
    const key = engine.recordKey(event);
    const before = state.records.get(key);
    if (before === undefined || engine.expired(before, this.logTimeMs)) {
      if (offset <= (state.removed.get(key) ?? -1)) return 'already-folded';
      if (event.type === REQUEST_MADE) {
        if (state.admissions.countOn(this.day) >= unknownKeys) return 'refused';
        state.admissions.add(key, this.day);
      }
    }
    const position = { partition: this.partition, offset, logTimeMs: this.logTimeMs };
    const { record, alerts, outcome } = engine.fold(before, event, position);
    if (outcome === 'already-folded') return outcome;
    state.put(key, record);
    this.outbox.add(alerts);
    return outcome;
  }

  /**
   * Looks at some records and takes away those that have expired; the whole map is gone through about once an hour of
   * log time. Records expire by log time in the engine, so it doesn't matter when they are taken away.
   */
  removeExpired(looks = 100): number {
    if (this.pass === undefined) {
      if (this.logTimeMs < this.nextPassMs) return 0;
      this.nextPassMs = this.logTimeMs + REMOVAL_PASS_MS;
      // A copy: records move within the map while they are used.
      this.pass = [...this.state.records.keys()];
    }
    let removed = 0;
    for (const key of this.pass.splice(-looks)) {
      if (this.removeIfExpired(key)) removed += 1;
    }
    if (this.pass.length === 0) this.pass = undefined;
    return removed;
  }

  private removeIfExpired(key: string): boolean {
    const { state, span } = this;
    const record = state.records.peek(key);
    if (record === undefined) return false;
    if (!span.engine.expired(record, this.logTimeMs - REMOVAL_MARGIN_MS)) return false;
    state.remove(key);
    return true;
  }
}
