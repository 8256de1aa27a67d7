import { Module, type DynamicModule } from '@nestjs/common';
import { AlertEventsController } from './alert-events.controller.js';
import { AlertEventsService } from './alert-events.service.js';
import { Notifier } from './notifier.js';

/** One instance per channel, each with a consumer group of its own: a webhook that is away holds up no mail. */
@Module({})
export class NotifyModule {
  static for(notifier: Notifier): DynamicModule {
    return {
      module: NotifyModule,
      controllers: [AlertEventsController],
      providers: [AlertEventsService, { provide: Notifier, useValue: notifier }],
    };
  }
}
