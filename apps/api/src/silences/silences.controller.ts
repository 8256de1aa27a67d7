import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { askerSignal } from '../http/exchange.js';
import { SilencesService } from './silences.service.js';

@Controller('api/v1/silences')
export class SilencesController {
  constructor(private readonly service: SilencesService) {}

  @Get()
  async list(@Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    await reply.send(await this.service.list(query, askerSignal(reply)));
  }

  @Post()
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const answer = await this.service.create(request.body, askerSignal(reply));
    await reply.code(answer.recorded ? 202 : 200).send(answer);
  }

  @Post(':id/end')
  async end(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.service.end(id, request.body, askerSignal(reply));
    await reply.code(answer.recorded ? 202 : 200).send(answer);
  }
}
