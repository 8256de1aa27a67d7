import { Controller, Inject } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { TOPICS } from '@keywatch/events';
import { KafkaBatchContext, OnKafkaBatch } from '@keywatch/kafka';
import { IngestRanges } from './ingest-ranges.js';

@Controller()
export class IngestController {
  constructor(@Inject(IngestRanges) private readonly ranges: IngestRanges) {}

  @OnKafkaBatch(TOPICS.keyEvents.name)
  keyEvents(@Ctx() context: KafkaBatchContext): Promise<void> {
    return this.ranges.handle(context);
  }

  @OnKafkaBatch(TOPICS.alertEvents.name)
  alertEvents(@Ctx() context: KafkaBatchContext): Promise<void> {
    return this.ranges.handle(context);
  }

  @OnKafkaBatch(TOPICS.deliveryEvents.name)
  deliveryEvents(@Ctx() context: KafkaBatchContext): Promise<void> {
    return this.ranges.handle(context);
  }
}
