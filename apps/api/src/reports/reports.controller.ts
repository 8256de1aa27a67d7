import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { askerSignal } from '../http/exchange.js';
import { listedReports } from './listed-reports.js';
import { ReportsService } from './reports.service.js';

@Controller('api/v1/reports')
export class ReportsController {
  constructor(private readonly service: ReportsService) {}

  @Get()
  list() {
    return { reports: listedReports() };
  }

  @Get(':id')
  async report(
    @Param('id') id: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { headers, body } = await this.service.report(id, query, askerSignal(reply));
    await reply.headers(headers).send(body);
  }
}
