import { Controller } from '@nestjs/common';
import { Payload, Ctx } from '@nestjs/microservices';
import { TOPICS } from '@keywatch/events';
import { KafkaBatchContext, OnKafkaBatch, type KafkaMessage } from '@keywatch/kafka';
import { AlertEventsService } from './alert-events.service.js';

@Controller()
export class AlertEventsController {
  constructor(private readonly service: AlertEventsService) {}

  @OnKafkaBatch(TOPICS.alertEvents.name)
  handle(@Payload() messages: KafkaMessage[], @Ctx() context: KafkaBatchContext): Promise<void> {
    return this.service.handle(messages, context);
  }
}
