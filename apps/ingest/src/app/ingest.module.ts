import { Module, type DynamicModule } from '@nestjs/common';
import { IngestStatus } from '../observe/ingest-status.js';
import { FOUNDATION, IngestLifecycle, type Foundation } from './ingest-lifecycle.js';
import { IngestRanges } from './ingest-ranges.js';
import { IngestController } from './ingest.controller.js';

export interface IngestParts {
  readonly ranges: IngestRanges;
  readonly status: IngestStatus;
  readonly foundation: Foundation;
}

@Module({})
export class IngestModule {
  static of({ ranges, status, foundation }: IngestParts): DynamicModule {
    return {
      module: IngestModule,
      controllers: [IngestController],
      providers: [
        IngestLifecycle,
        { provide: IngestRanges, useValue: ranges },
        { provide: IngestStatus, useValue: status },
        { provide: FOUNDATION, useValue: foundation },
      ],
    };
  }
}
