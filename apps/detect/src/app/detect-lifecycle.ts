import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { EpochListener } from '@keywatch/kafka';
import { Checkpointer } from '../fold/checkpointer.js';
import { Detector } from '../fold/detector.js';
import { DETECT_TOPICS } from '../kafka/prepare-topics.js';

/** Things that open before the first batch and close after the last. */
export interface Resources {
  /** Calls back when the group's generation changes. */
  onEpoch(listener: EpochListener): void;
  close(): Promise<void>;
}
export const RESOURCES = Symbol('RESOURCES');

/** Milliseconds for the last checkpoint; a supervisor's patience is usually 10 s. */
const LAST_CHECKPOINT_MS = 5_000;

/** Joins detection to the group's life and to the process'. */
@Injectable()
export class DetectLifecycle
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  private joined = false;

  constructor(
    @Inject(Detector) private readonly detector: Detector<unknown>,
    @Inject(Checkpointer) private readonly checkpointer: Checkpointer<unknown>,
    @Inject(RESOURCES) private readonly resources: Resources,
  ) {}

  /** Why detection doesn't do its work at the moment. */
  get problems(): readonly string[] {
    return this.joined ? [] : ['not a member of the consumer group at the moment'];
  }

  onApplicationBootstrap(): void {
    this.resources.onEpoch((_epoch, _reason, assigned) => {
      this.joined = assigned !== undefined;
      this.checkpointer.isPaused = !this.joined;
      if (assigned !== undefined) this.detector.assign(assigned[DETECT_TOPICS.source] ?? []);
    });
    this.checkpointer.start();
  }

  /** Before the consumer leaves the group: after that nobody may commit. */
  async beforeApplicationShutdown(): Promise<void> {
    const limit = new Promise<void>((resolve) => setTimeout(resolve, LAST_CHECKPOINT_MS).unref());
    await Promise.race([this.detector.stop(), limit]);
    await this.checkpointer.finish(LAST_CHECKPOINT_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.resources.close();
  }
}
