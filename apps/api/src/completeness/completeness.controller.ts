import { Controller, Get } from '@nestjs/common';
import { TOPICS } from '@keywatch/events';
import { CompletenessService } from './completeness.service.js';

@Controller('api/v1/completeness')
export class CompletenessController {
  constructor(private readonly service: CompletenessService) {}

  /** Of everything stored about keys, of the alerts, and of what detection has looked at. */
  @Get()
  async all() {
    const [keyEvents, alertEvents, detection] = await Promise.all([
      this.service.ofTopic(TOPICS.keyEvents.name),
      this.service.ofTopic(TOPICS.alertEvents.name),
      this.service.detection(),
    ]);
    return {
      keyEvents: { ...keyEvents.completeness, partitions: keyEvents.partitions },
      alertEvents: { ...alertEvents.completeness, partitions: alertEvents.partitions },
      detection,
    };
  }
}
