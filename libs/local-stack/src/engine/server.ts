import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Credentials } from './credentials.js';
import { type Query, type ResultSink } from './engine.js';
import { insertStatement } from './insert-statement.js';
import { refuse } from './engine-error.js';
import { authenticate, isOurHost } from './request.js';
import { type Body, BodyBudget, formFields, readBody } from './request-body.js';
import { requestSettings } from './request-settings.js';
import { QueryResponse } from './response.js';

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly credentials: Credentials;
  readonly run: (query: Query, sink: ResultSink) => Promise<void>;
  /** Bytes of one request's body; 256 MB unless told. */
  readonly maxBodyBytes?: number;
}

const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** How many of the largest bodies may be in memory at once. */
const BODIES_TOGETHER = 4;
/** The server's http_max_uri_size: an INSERT with its columns, or a long report, comes in the URL. */
const MAX_URL_BYTES = 1024 * 1024;
/** As the server (keep_alive_timeout): well above the 2.5 s after which the ClickHouse client drops an idle connection. */
const KEEP_ALIVE_MS = 30_000;

/** ClickHouse's HTTP interface. */
export class EngineServer {
  private readonly server: Server;
  private readonly budget: BodyBudget;
  private readonly running = new Set<Promise<void>>();

  private constructor(private readonly options: ServerOptions) {
    const each = options.maxBodyBytes ?? MAX_BODY_BYTES;
    this.budget = new BodyBudget(each, each * BODIES_TOGETHER);
    this.server = createServer(
      { maxHeaderSize: MAX_URL_BYTES, keepAliveTimeout: KEEP_ALIVE_MS },
      (request, response) => {
        const work = this.handle(request, response);
        this.running.add(work);
        void work.finally(() => this.running.delete(work));
      },
    );
  }

  /** @throws when the port is taken. */
  static async listen(options: ServerOptions): Promise<EngineServer> {
    const server = new EngineServer(options);
    server.server.listen(options.port, options.host);
    await once(server.server, 'listening');
    return server;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    const { host } = this.options;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.port}`;
  }

  /** Takes no more requests and waits for those under way. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) =>
      this.server.close(() => {
        resolve();
      }),
    );
    this.server.closeIdleConnections();
    while (this.running.size > 0) await Promise.allSettled([...this.running]);
    this.server.closeAllConnections();
    await closed;
  }

  /** Never throws: an unhandled rejection would end the engine. */
  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://engine');
    const queryId = url.searchParams.get('query_id') ?? randomUUID();
    const answer = new QueryResponse(response, queryId, wantsGzip(request, url.searchParams));
    response.on('error', () => undefined);
    let body: Body | undefined;
    try {
      if (!isOurHost(request.headers.host, this.options.host, this.port))
        throw refuse(516, 'This server answers only to its own name, 127.0.0.1 or localhost', 403);
      if (this.answerPlain(request, url, response)) return;
      const role = authenticate(request.headers, url.searchParams, this.options.credentials);
      body = await readBody(request, this.budget);
      const { entries, sql, data } = await statementOf(request, url.searchParams, body.bytes);
      await this.options.run(
        {
          ...requestSettings(entries),
          ...formatFromHeader(request, entries),
          role,
          queryId,
          sql,
          data,
          signal: goneSignal(response),
          readOnly: request.method === 'GET' || request.method === 'HEAD',
        },
        answer,
      );
      answer.end();
    } catch (error) {
      if (!response.destroyed) answer.fail(error);
    } finally {
      body?.release();
      // A body that was refused unread would be taken for the next request.
      if (hasBody(request) && !request.complete) response.once('finish', () => request.destroy());
    }
  }

  /** Pings need no password, as with the server. */
  private answerPlain(request: IncomingMessage, url: URL, response: ServerResponse): boolean {
    const known = url.pathname === '/' || url.pathname === '/ping';
    const asks =
      url.pathname === '/' && (request.method === 'POST' || url.searchParams.has('query'));
    if (asks) return false;
    response.writeHead(known ? 200 : 404, { 'Content-Type': 'text/plain; charset=UTF-8' });
    response.end(known ? 'Ok.\n' : `There is no handle ${url.pathname}\n`);
    return true;
  }
}

/** A request without one is whole with its headers, though `complete` says so only a turn later. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

interface StatementAndData {
  readonly entries: readonly (readonly [string, string])[];
  readonly sql: string;
  readonly data: Buffer;
}

/** The statement is in the URL, in a form, or at the beginning of the body; the rows are what is left. */
async function statementOf(
  request: IncomingMessage,
  url: URLSearchParams,
  body: Buffer,
): Promise<StatementAndData> {
  const type = request.headers['content-type'] ?? '';
  if (type.startsWith('multipart/form-data')) {
    const form = await formFields(body, type);
    const entries = [...url, ...form];
    return { entries, sql: url.get('query') ?? form.get('query') ?? '', data: Buffer.alloc(0) };
  }
  const entries = [...url];
  const query = url.get('query');
  if (query !== null && query !== '') return { entries, sql: query, data: body };
  return { entries, ...splitBody(body) };
}

/** The statement's head is searched in this many bytes; the rows behind it stay bytes. */
const HEAD_BYTES = 256 * 1024;

function splitBody(body: Buffer): { sql: string; data: Buffer } {
  // One byte, one character: places in the text are places in the body.
  const insert = insertStatement(body.subarray(0, HEAD_BYTES).toString('latin1'));
  if (insert === undefined) return { sql: body.toString(), data: Buffer.alloc(0) };
  return {
    sql: body.subarray(0, insert.dataStart).toString(),
    data: body.subarray(insert.dataStart),
  };
}

function formatFromHeader(
  request: IncomingMessage,
  entries: StatementAndData['entries'],
): { defaultFormat?: string } {
  const format = request.headers['x-clickhouse-format'];
  return typeof format === 'string' && !entries.some(([name]) => name === 'default_format')
    ? { defaultFormat: format }
    : {};
}

function wantsGzip(request: IncomingMessage, url: URLSearchParams): boolean {
  const accepted = (request.headers['accept-encoding'] ?? '').includes('gzip');
  return accepted && ['1', 'true'].includes(url.get('enable_http_compression') ?? '');
}

/** Aborts when the connection closes before the answer is complete. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(refuse(210, 'The client has gone'));
  });
  if (response.destroyed) gone.abort(refuse(210, 'The client has gone'));
  return gone.signal;
}
