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
    // What was meant for the answer that failed.
    void reply.removeHeader('content-disposition');
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
  // Nest's refusals, and Fastify's, which carry a status of their own.
  const status = error instanceof HttpException ? error.getStatus() : statusOf(error);
  if (status === undefined || status >= 500) return OUR_FAULT;
  return { status, detail: detailOf(status, request, (error as Error).message) };
}

const OUR_FAULT: Answer = {
  status: 500,
  detail: 'Something went wrong; the log of the API says what, under this requestId.',
};

function statusOf(error: unknown): number | undefined {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 ? statusCode : undefined;
}

function detailOf(status: number, request: FastifyRequest, message: string): string {
  switch (status) {
    case 404:
      return `There is no ${request.method} ${pathOf(request)}; /api/v1/openapi.json lists what there is.`;
    case 413:
      return 'The body is larger than 5 MB; send several smaller batches.';
    case 415:
      return 'Send application/cloudevents+json, application/cloudevents-batch+json or application/json.';
    default:
      return message;
  }
}

const pathOf = ({ url }: FastifyRequest): string => (url.split('?')[0] ?? '').slice(0, 256);
