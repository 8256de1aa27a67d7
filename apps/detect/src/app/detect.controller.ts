import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { KafkaBatchContext, OnKafkaBatch, type KafkaMessage } from '@keywatch/kafka';
import { Detector } from '../fold/detector.js';
import { DETECT_TOPICS } from '../kafka/prepare-topics.js';

@Controller()
export class DetectController {
  constructor(@Inject(Detector) private readonly detector: Detector<unknown>) {}

  @OnKafkaBatch(DETECT_TOPICS.source)
  handle(@Payload() messages: KafkaMessage[], @Ctx() context: KafkaBatchContext): Promise<void> {
    return this.detector.handle(messages, context);
  }
}
