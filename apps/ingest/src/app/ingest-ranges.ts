import { TOPICS } from '@keywatch/events';
import type { Assignment, AnnouncedRange, KafkaBatchContext, RangeProtocol } from '@keywatch/kafka';
import type { IntakeRange } from '../rows/intake-sink.js';

/** What becomes of the batches of each topic; a provider of the module. */
export class IngestRanges {
  private readonly byTopic: ReadonlyMap<string, RangeProtocol<IntakeRange>>;

  constructor(
    readonly keyEvents: RangeProtocol<IntakeRange>,
    readonly alertEvents: RangeProtocol<IntakeRange>,
    readonly deliveryEvents: RangeProtocol<IntakeRange>,
  ) {
    this.byTopic = new Map([
      [TOPICS.keyEvents.name, keyEvents],
      [TOPICS.alertEvents.name, alertEvents],
      [TOPICS.deliveryEvents.name, deliveryEvents],
    ]);
  }

  /** @throws Error for a topic that no protocol has */
  handle(context: KafkaBatchContext): Promise<void> {
    const protocol = this.byTopic.get(context.topic);
    if (protocol === undefined) throw new Error(`Ingest does not read ${context.topic}.`);
    return protocol.handle(context);
  }

  /** The group has changed; `assigned`: what is this member's now. */
  newEpoch(assigned: Assignment = {}): void {
    for (const [topic, protocol] of this.byTopic) protocol.newEpoch(assigned[topic] ?? []);
  }

  /** Ranges of all topics that are announced and not known to be written, or to be written by nobody. */
  async open(signal: AbortSignal): Promise<AnnouncedRange[]> {
    const ranges = await Promise.all(
      [...this.byTopic.values()].map((protocol) => protocol.openRanges(signal)),
    );
    return ranges.flat();
  }

  /** Finishes and acknowledges what is in flight; nothing new is begun. */
  async drain(): Promise<void> {
    await Promise.all([...this.byTopic.values()].map((protocol) => protocol.drain()));
  }
}
