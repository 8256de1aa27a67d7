import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLog, type Log } from '@keywatch/platform';
import { ApiModule, type ApiPorts } from './api.module.js';
import { addHooks } from './http/hooks.js';
import { ApiLimits } from './http/limits.js';
import { Limiter } from './http/limiter.js';
import { ApiMetrics } from './http/metrics.js';
import { ProblemFilter } from './http/problem.filter.js';
import { isLoopback, refuseOpenHost, TokenCheck } from './http/who-may-ask.js';

const BODY_BYTES = 5_000_000;
/** A whole request, body included, must be here by then. */
const REQUEST_MS = 30_000;

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  readonly token?: string | undefined;
  readonly log: Log;
  readonly limits?: Partial<ApiLimits>;
}

const MEDIA_TYPES = [
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
];

/**
 * The API, not yet listening. Tests ask it through `inject`.
 * @throws SettingsError where it would listen on more than loopback without a token
 */
export async function createApi(
  ports: ApiPorts,
  options: ApiOptions,
): Promise<NestFastifyApplication> {
  const { host, port, token, log } = options;
  refuseOpenHost(host, token);
  const metrics = new ApiMetrics();
  const limits = new ApiLimits(options.limits);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_MS,
    routerOptions: { maxParamLength: 128 },
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => requestId(request.headers['x-request-id']),
    // A request that is under way when the process is told to end is finished; idle connections are closed.
    forceCloseConnections: 'idle',
  });
  const instance = adapter.getInstance();
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(MEDIA_TYPES, { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body);
  });
  addHooks(instance, {
    checkHost: isLoopback(host),
    port,
    token: token === undefined ? undefined : new TokenCheck(token),
    metrics,
    posts: new Limiter({ places: limits.posts, waiting: 0, waitMs: 0 }),
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.on(ports, metrics, limits),
    adapter,
    {
      logger: new NestLog(log),
      bodyParser: false,
    },
  );
  app.useGlobalFilters(new ProblemFilter(log));
  return app;
}

/** The asker's id, so that logs can be joined; else one of our own. */
function requestId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
