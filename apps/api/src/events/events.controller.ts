import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { eventsInBody } from './cloudevents-body.js';
import { EventsService, type PostAnswer } from './events.service.js';

@Controller('api/v1/events')
export class EventsController {
  constructor(private readonly service: EventsService) {}

  @Post()
  @HttpCode(202)
  post(@Req() request: FastifyRequest): Promise<PostAnswer> {
    return this.service.post(eventsInBody(request.headers, request.body as Buffer | undefined));
  }
}
