import { TOPICS } from '@keywatch/events';
import type { PartitionReader } from '@keywatch/kafka';
import type { Clock } from '@keywatch/platform';
import type { AskedByPeople } from './people.js';

/** Brings what is known of people up to date. */
export abstract class PeopleNews {
  /**
   * Resolves when all is known that was logged before a moment.
   * @param sinceMs by `performance.now()`
   * @throws where the log can't be read now, and after the close
   */
  abstract knownSince(sinceMs: number): Promise<void>;
}

/**
 * Reads all partitions of the alert log, whatever this member is assigned: a silence is keyed by itself and may lie on
 * another partition than the alerts it covers. Reads only when asked and goes on where it was; who asks meanwhile shares
 * the next reading. Partitions that are added later are seen after a restart.
 */
export class AlertLog extends PeopleNews {
  /** Next offset by partition; undefined: from the log's beginning. */
  private readonly positions: (number | undefined)[];
  private reading: Promise<void> | undefined;
  /** Moment at which the last complete reading began. */
  private knownMs = -Infinity;
  private closed = false;

  constructor(
    private readonly reader: Pick<PartitionReader, 'read' | 'close'>,
    private readonly people: AskedByPeople,
    private readonly clock: Clock,
    partitions: number,
  ) {
    super();
    this.positions = Array.from({ length: partitions }, () => undefined);
  }

  override async knownSince(sinceMs: number): Promise<void> {
    // A reading that had begun before has asked for the log's end too early: another one follows.
    while (this.knownMs < sinceMs) {
      this.reading ??= this.readOn().finally(() => (this.reading = undefined));
      await this.reading;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    // A connection that never came about rejects; there is nothing to end then.
    await this.reader.close().catch(() => undefined);
  }

  private async readOn(): Promise<void> {
    const beganMs = performance.now();
    for (const [partition, position] of this.positions.entries()) {
      const end = await this.readPartition(partition, position);
      // The log was made anew and is shorter than what was read of the old one.
      this.positions[partition] = end < (position ?? 0) ? await this.readPartition(partition) : end;
    }
    this.people.forgetOver(this.clock.now());
    this.knownMs = beganMs;
  }

  private async readPartition(partition: number, from?: number): Promise<number> {
    this.mustBeOpen();
    const { end } = await this.reader.read({
      topic: TOPICS.alertEvents.name,
      partition,
      ...(from === undefined ? {} : { from }),
      onRecords: (records) => {
        for (const record of records) this.people.add(record);
      },
      onProgress: () => {
        this.mustBeOpen();
      },
    });
    return end;
  }

  private mustBeOpen(): void {
    if (this.closed) throw new Error('notify is stopping');
  }
}
