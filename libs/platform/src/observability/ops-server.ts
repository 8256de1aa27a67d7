import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** Why an app can't do its work at the moment; empty: it can. */
export type Readiness = () => readonly string[] | Promise<readonly string[]>;

export interface OpsServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly registry: Registry;
  readonly readiness: Readiness;
}

/** Health and metrics of an app that serves nothing else: /health/live, /health/ready, /metrics. */
export class OpsServer {
  private server: Server | undefined;

  constructor(private readonly options: OpsServerOptions) {}

  /** Resolves with the port. @throws where the port is taken. */
  async listen(): Promise<number> {
    const server = createServer((request, response) => {
      this.answer(request.url ?? '/', response).catch((error: unknown) => {
        reply(response, 500, 'text/plain', `${(error as Error).message}\n`);
      });
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.options.port, this.options.host, resolve);
    });
    return (server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    this.server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeAllConnections();
    });
  }

  private async answer(url: string, response: ServerResponse): Promise<void> {
    const { registry, readiness } = this.options;
    switch (url.split('?')[0]) {
      case '/health/live':
        reply(response, 200, 'application/json', '{"status":"live"}\n');
        return;
      case '/health/ready': {
        const reasons = await readiness();
        const body = { status: reasons.length === 0 ? 'ready' : 'not ready', reasons };
        reply(
          response,
          reasons.length === 0 ? 200 : 503,
          'application/json',
          `${JSON.stringify(body)}\n`,
        );
        return;
      }
      case '/metrics':
        reply(response, 200, registry.contentType, await registry.metrics());
        return;
      default:
        reply(response, 404, 'text/plain', 'There are /health/live, /health/ready and /metrics.\n');
    }
  }
}

function reply(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type }).end(body);
}
