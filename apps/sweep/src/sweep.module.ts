import { Module, type DynamicModule } from '@nestjs/common';
import { Clock, SystemClock } from '@keywatch/platform';
import { SweepSchedule, SweepService } from './sweep.service.js';
import { Sweeper } from './sweeper.js';

@Module({})
export class SweepModule {
  static for(sweeper: Sweeper, schedule: SweepSchedule, ...more: DynamicModule[]): DynamicModule {
    return {
      module: SweepModule,
      imports: more,
      providers: [
        SweepService,
        { provide: Sweeper, useValue: sweeper },
        { provide: SweepSchedule, useValue: schedule },
        { provide: Clock, useClass: SystemClock },
      ],
    };
  }
}
