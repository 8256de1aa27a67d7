import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock, type Log } from '@keywatch/platform';
import { exhaustMap, Subscription, timer } from 'rxjs';
import { Sweeper } from './sweeper.js';

export abstract class SweepSchedule {
  /** Milliseconds between the starts of two rounds; a round that takes longer is not overtaken. */
  abstract readonly periodMs: number;
  /** As-of time older than this makes the app not ready, in ms. */
  abstract readonly staleMs: number;
  abstract readonly log: Log;
}

/** Sweeps on a timer. A backend that is away is waited for: the next round tries again. */
@Injectable()
export class SweepService implements OnApplicationBootstrap, OnModuleDestroy {
  private subscription: Subscription | undefined;
  private round: Promise<void> = Promise.resolve();
  private asOfMs: number | undefined;
  private trouble = 'no sweep has finished yet';

  constructor(
    private readonly sweeper: Sweeper,
    private readonly schedule: SweepSchedule,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.subscription = timer(0, this.schedule.periodMs)
      .pipe(exhaustMap(() => (this.round = this.sweepOnce())))
      .subscribe();
  }

  /** Ends the timer and waits for the round under way. */
  async onModuleDestroy(): Promise<void> {
    this.subscription?.unsubscribe();
    await this.round;
  }

  /** Why sweeps can't be trusted at the moment; empty: they can. */
  reasons(): string[] {
    if (this.trouble !== '') return [this.trouble];
    const behindMs = this.clock.now() - (this.asOfMs ?? 0);
    return behindMs > this.schedule.staleMs
      ? [`sweeps look back from ${Math.round(behindMs / 60_000)} minutes ago`]
      : [];
  }

  private async sweepOnce(): Promise<void> {
    try {
      this.asOfMs = await this.sweeper.run();
      this.trouble = '';
    } catch (error) {
      this.trouble = `not evaluated: ${(error as Error).message}`;
      this.schedule.log.warn(this.trouble);
    }
  }
}
