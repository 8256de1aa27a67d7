import { Module, type DynamicModule } from '@nestjs/common';
import { PipelineSchedule, PipelineService } from './pipeline.service.js';
import { PipelineWatch } from './pipeline-watch.js';

@Module({})
export class PipelineModule {
  static for(watch: PipelineWatch, schedule: PipelineSchedule): DynamicModule {
    return {
      module: PipelineModule,
      providers: [
        PipelineService,
        { provide: PipelineWatch, useValue: watch },
        { provide: PipelineSchedule, useValue: schedule },
      ],
    };
  }
}
