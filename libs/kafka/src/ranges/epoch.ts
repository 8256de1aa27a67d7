import { decodeAnnouncement } from './announcement.js';
import { PositionFault } from './errors.js';
import type { LogPositions, StoredRanges } from './ports.js';
import { retryRead, type ReadRetry } from './retry-read.js';
import { startPosition, type KnownPositions, type StartPosition } from './start-position.js';

export interface EpochOptions {
  readonly topic: string;
  readonly log: LogPositions;
  readonly stored: StoredRanges;
  readonly retry?: ReadRetry;
}

/**
 * One generation of the group as this member sees it. Positions are read once in it, after the join: a member of an
 * older generation can't change them any more.
 */
export class Epoch {
  private readonly over = new AbortController();
  private positions: Promise<ReadonlyMap<number, KnownPositions>> | undefined;

  constructor(private readonly options: EpochOptions) {}

  /** Aborted when the generation is over. */
  get signal(): AbortSignal {
    return this.over.signal;
  }

  end(): void {
    this.over.abort(new Error('The generation of the consumer group is over.'));
  }

  /** @throws PositionFault where an operator must decide */
  async start(partition: number): Promise<{ position: StartPosition; low: bigint }> {
    const all = await (this.positions ??= this.read());
    const known = all.get(partition);
    if (known === undefined) {
      throw new PositionFault(`Kafka knows no partition ${partition} of ${this.options.topic}.`);
    }
    return { position: startPosition(known), low: known.low };
  }

  private async read(): Promise<ReadonlyMap<number, KnownPositions>> {
    const { topic, log, stored, retry } = this.options;
    // The store after the group: what was committed as written must be found there.
    const inLog = await retryRead(() => log.read(topic), this.signal, retry);
    const inStore = await retryRead(() => stored.positions(topic), this.signal, retry);
    const ranges = new Map(inStore.map((position) => [position.partition, position]));
    return new Map(
      inLog.map(({ partition, committed, metadata, low, high }) => [
        partition,
        {
          topic,
          partition,
          committed,
          announcement: decodeAnnouncement(metadata),
          stored: ranges.get(partition),
          low,
          high,
        },
      ]),
    );
  }
}
