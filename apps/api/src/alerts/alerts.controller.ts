import { Controller, Get, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { askerSignal } from '../http/exchange.js';
import { ReportsService } from '../reports/reports.service.js';

@Controller('api/v1/alerts')
export class AlertsController {
  constructor(private readonly service: ReportsService) {}

  @Get()
  async alerts(@Query() query: Record<string, unknown>, @Res() reply: FastifyReply): Promise<void> {
    const { headers, body } = await this.service.alerts(query, askerSignal(reply));
    await reply.headers(headers).send(body);
  }
}
