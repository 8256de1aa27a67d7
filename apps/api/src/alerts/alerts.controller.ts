import { Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { askerSignal } from '../http/exchange.js';
import { ReportsService } from '../reports/reports.service.js';
import { AlertActionsService, type Verb } from './alert-actions.service.js';
import { AlertDetailService } from './alert-detail.service.js';

@Controller('api/v1/alerts')
export class AlertsController {
  constructor(
    private readonly service: ReportsService,
    private readonly details: AlertDetailService,
    private readonly actions: AlertActionsService,
  ) {}

  @Get()
  async alerts(@Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const { headers, body } = await this.service.alerts(query, askerSignal(reply));
    await reply.headers(headers).send(body);
  }

  /** All about one alert. */
  @Get(':id')
  async alert(@Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    await reply.send(await this.details.detail(id, askerSignal(reply)));
  }

  @Post(':id/acknowledge')
  acknowledge(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.act(id, 'acknowledge', request, reply);
  }

  @Post(':id/resolve')
  resolve(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.act(id, 'resolve', request, reply);
  }

  @Post(':id/reopen')
  reopen(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.act(id, 'reopen', request, reply);
  }

  @Post(':id/comment')
  comment(
    @Param('id') id: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return this.act(id, 'comment', request, reply);
  }

  private async act(
    id: string,
    verb: Verb,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.actions.act(id, verb, request.body, askerSignal(reply));
    await reply.code(answer.recorded ? 202 : 200).send(answer);
  }
}
