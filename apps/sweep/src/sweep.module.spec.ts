import { Test } from '@nestjs/testing';
import { describe, expect, it } from '@jest/globals';
import { Clock, createLog } from '@keywatch/platform';
import { SweepModule } from './sweep.module.js';
import { SweepService } from './sweep.service.js';
import type { Sweeper } from './sweeper.js';

const log = createLog({ app: 'sweep', level: 'silent', format: 'json' });

function sweeperDoing(started: PromiseWithResolvers<undefined>, round: Promise<number>): Sweeper {
  const run = (): Promise<number> => {
    started.resolve(undefined);
    return round;
  };
  return { run } as unknown as Sweeper;
}

describe('SweepModule', () => {
  it('is not ready before the first sweep, then ready, then not when sweeps look too far back', async () => {
    let now = 100_000;
    const started = Promise.withResolvers<undefined>();
    const finished = Promise.withResolvers<number>();
    const sweeper = sweeperDoing(started, finished.promise);
    const module = await Test.createTestingModule({
      imports: [SweepModule.for(sweeper, { periodMs: 3_600_000, staleMs: 60_000, log })],
    })
      .overrideProvider(Clock)
      .useValue({ now: () => now })
      .compile();
    await module.init();
    const service = module.get(SweepService);
    expect(service.reasons()).toEqual(['no sweep has finished yet']);
    await started.promise;
    finished.resolve(99_000);
    await module.close();
    expect(service.reasons()).toEqual([]);
    now += 600_000;
    expect(service.reasons()).toEqual(['sweeps look back from 10 minutes ago']);
  });

  it('says why nothing was evaluated', async () => {
    const started = Promise.withResolvers<undefined>();
    const failure = Promise.reject(new Error('ClickHouse is away'));
    failure.catch(() => undefined);
    const sweeper = sweeperDoing(started, failure);
    const module = await Test.createTestingModule({
      imports: [
        SweepModule.for(sweeper, {
          periodMs: 3_600_000,
          staleMs: 60_000,
          log,
        }),
      ],
    }).compile();
    await module.init();
    const service = module.get(SweepService);
    await started.promise;
    await module.close();
    expect(service.reasons()).toEqual(['not evaluated: ClickHouse is away']);
  });
});
