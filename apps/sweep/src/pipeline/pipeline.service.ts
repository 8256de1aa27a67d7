import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Log } from '@keywatch/platform';
import { exhaustMap, Subscription, timer } from 'rxjs';
import { PipelineWatch } from './pipeline-watch.js';

export abstract class PipelineSchedule {
  /** Milliseconds between the starts of two looks; a look that takes longer is not overtaken. */
  abstract readonly periodMs: number;
  abstract readonly log: Log;
}

/** Looks at the pipeline on a timer, beside the sweeps: they wait for what it watches. */
@Injectable()
export class PipelineService implements OnApplicationBootstrap, OnModuleDestroy {
  private subscription: Subscription | undefined;
  private look: Promise<void> = Promise.resolve();

  constructor(
    private readonly watch: PipelineWatch,
    private readonly schedule: PipelineSchedule,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = timer(0, this.schedule.periodMs)
      .pipe(exhaustMap(() => (this.look = this.lookOnce())))
      .subscribe();
  }

  /** Ends the timer and waits for the look under way. */
  async onModuleDestroy(): Promise<void> {
    this.subscription?.unsubscribe();
    await this.look;
  }

  private async lookOnce(): Promise<void> {
    try {
      await this.watch.look();
    } catch (error) {
      this.schedule.log.warn(
        `what the pipeline's check found can't be told yet: ${(error as Error).message}`,
      );
    }
  }
}
