import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Log } from '@keywatch/platform';
import { ReportParamsError } from '@keywatch/reports';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError, PROBLEM_JSON, problemBody } from './problem.js';

interface Answer {
  readonly status: number;
  readonly detail: string;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Turns whatever was thrown into a problem document. A fault of ours is logged, and told without its inside. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const { status, detail, members, headers } = answerTo(error, request);
    if (status >= 500) {
      const route = request.routeOptions.url;
      this.log.error({ err: error, requestId: request.id, route, status }, 'A request failed');
    }
    if (reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    void reply
      .code(status)
      .headers({ ...headers })
      .type(PROBLEM_JSON)
      .send(JSON.stringify(problemBody(status, detail, request.id, members)));
  }
}

function answerTo(error: unknown, request: FastifyRequest): Answer {
  if (error instanceof ProblemError) {
    return {
      status: error.status,
      detail: error.message,
      members: error.members,
      headers: error.headers,
    };
  }
  if (error instanceof ReportParamsError) {
    return { status: 400, detail: error.message, members: { problems: error.problems } };
  }
  if (error instanceof HttpException) {
    const status = error.getStatus();
    const detail =
      status === 404
        ? `There is no ${request.method} ${pathOf(request)}; /api/v1/openapi.json lists what there is.`
        : error.message;
    return { status, detail };
  }
  return (
    fastifyAnswer(error) ?? {
      status: 500,
      detail: 'Something went wrong; the log of the API says what, under this requestId.',
    }
  );
}

/** Fastify's own refusals carry a status below 500, such as a body beyond the limit. */
function fastifyAnswer(error: unknown): Answer | undefined {
  const { statusCode, code } = (error ?? {}) as { statusCode?: unknown; code?: unknown };
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return { status: 413, detail: 'The body is larger than 5 MB; send several smaller batches.' };
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return {
        status: 415,
        detail:
          'Send application/cloudevents+json, application/cloudevents-batch+json or application/json.',
      };
    default:
      return { status: statusCode, detail: (error as Error).message };
  }
}

const pathOf = ({ url }: FastifyRequest): string => (url.split('?')[0] ?? '').slice(0, 256);
