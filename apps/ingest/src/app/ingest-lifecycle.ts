import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { EpochListener } from '@keywatch/kafka';
import { IngestStatus } from '../observe/ingest-status.js';
import { IngestRanges } from './ingest-ranges.js';

/** What the app stands on; opened before the first batch, closed after the last. */
export interface Foundation {
  onEpoch(listener: EpochListener): void;
  close(): Promise<void>;
}
export const FOUNDATION = Symbol('FOUNDATION');

/** Joins the ranges to the life of the group and of the process. */
@Injectable()
export class IngestLifecycle
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    @Inject(IngestRanges) private readonly ranges: IngestRanges,
    @Inject(IngestStatus) private readonly status: IngestStatus,
    @Inject(FOUNDATION) private readonly foundation: Foundation,
  ) {}

  onApplicationBootstrap(): void {
    this.status.trouble('group', 'not a member of the consumer group');
    this.foundation.onEpoch((_epoch, _reason, assigned) => {
      this.ranges.newEpoch(assigned);
      if (assigned === undefined) {
        this.status.trouble('group', 'not a member of the consumer group');
      } else this.status.fine('group');
    });
  }

  /** While the consumer is still a member: after it has left, nothing can be acknowledged. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.ranges.drain();
  }

  /** After the consumer: a batch in flight needs all of this to its end. */
  async onApplicationShutdown(): Promise<void> {
    await this.foundation.close();
  }
}
