import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { whenOver } from './exchange.js';
import type { Limiter } from './limiter.js';
import type { ApiMetrics } from './metrics.js';
import { PROBLEM_JSON, problemBody } from './problem.js';
import { isForeignOrigin, isOurHost, type TokenCheck } from './who-may-ask.js';

export interface HookOptions {
  /** Asks for our own name in the Host header; off where other machines may ask. */
  readonly checkHost: boolean;
  /** Port that a Host header has to name where the connection doesn't say. */
  readonly port: number;
  readonly token: TokenCheck | undefined;
  readonly metrics: ApiMetrics;
  /** Posted batches under way, bodies that are still read among them. */
  readonly posts: Limiter;
}

/** What is served without a token, by route: orchestrators and scrapers have none. */
const OPEN_ROUTES = new Set(['/health/live', '/health/ready', '/metrics']);

/**
 * A connection whose request was under way when the server began to close is kept alive for the next one, and the
 * server waits for it for as long (72 s): close it when its answer is out.
 */
function closeWhenOver(instance: FastifyInstance): void {
  let closing = false;
  instance.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  instance.addHook('onRequest', (_request, reply, done) => {
    whenOver(reply, () => {
      if (closing)
        setImmediate(() => {
          instance.server.closeIdleConnections();
        });
    });
    done();
  });
}

interface Refusal {
  readonly status: number;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Before anything is read of a body: who may ask, how many at once. After: figures. */
export function addHooks(instance: FastifyInstance, options: HookOptions): void {
  closeWhenOver(instance);
  instance.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    const end = options.metrics.seconds.startTimer({ route });
    whenOver(reply, () => {
      end();
      options.metrics.requests.inc({ route, method: request.method, status: reply.statusCode });
    });
    void reply.headers({
      'x-request-id': request.id,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    });
    const refusal = refusalOf(request, reply, options);
    if (refusal === undefined) {
      done();
      return;
    }
    const { status, detail, headers } = refusal;
    void reply
      .code(status)
      .headers({ ...headers })
      .type(PROBLEM_JSON)
      .send(JSON.stringify(problemBody(status, detail, request.id)));
  });
}

function refusalOf(
  request: FastifyRequest,
  reply: FastifyReply,
  { checkHost, port, token, posts }: HookOptions,
): Refusal | undefined {
  const { host, origin, authorization } = request.headers;
  const localPort = request.raw.socket.localPort ?? port;
  if (checkHost && !isOurHost(host, localPort)) {
    return {
      status: 403,
      detail: `The Host header must name this machine: localhost, 127.0.0.1 or [::1] with port ${localPort}.`,
    };
  }
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (!reads && isForeignOrigin(origin, host)) {
    return { status: 403, detail: 'Pages of other sites may not send anything here.' };
  }
  const open = OPEN_ROUTES.has(request.routeOptions.url ?? '');
  if (!open && token !== undefined && !token.accepts(authorization)) {
    return {
      status: 401,
      detail: 'Send the header Authorization: Bearer with the value of KEYWATCH_API_TOKEN.',
      headers: { 'www-authenticate': 'Bearer realm="keywatch"' },
    };
  }
  if (request.method !== 'POST') return undefined;
  const leave = posts.tryEnter();
  if (leave === undefined) {
    return {
      status: 429,
      detail: 'Too many batches are under way; send this one again in a second.',
      headers: { 'retry-after': '1' },
    };
  }
  whenOver(reply, leave);
  return undefined;
}
