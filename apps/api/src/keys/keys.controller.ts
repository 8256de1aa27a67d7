import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { askerSignal } from '../http/exchange.js';
import { KeyStateService } from './key-state.service.js';

@Controller('api/v1/keys')
export class KeysController {
  constructor(private readonly service: KeyStateService) {}

  /** What was known of a key at a time. */
  @Get(':key/state')
  async state(
    @Param('key') key: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await reply.send(await this.service.state(key, query, askerSignal(reply)));
  }
}
