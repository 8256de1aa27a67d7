import { afterEach, describe, expect, it } from '@jest/globals';
import { createRegistry, Counter } from './metrics.js';
import { OpsServer } from './ops-server.js';

let server: OpsServer | undefined;
afterEach(() => server?.close());

async function start(reasons: string[]): Promise<string> {
  const registry = createRegistry('ingest');
  new Counter({ name: 'keywatch_events_total', help: 'Events', registers: [registry] }).inc(3);
  server = new OpsServer({ host: '127.0.0.1', port: 0, registry, readiness: () => reasons });
  return `http://127.0.0.1:${await server.listen()}`;
}

describe('OpsServer', () => {
  it('is live, and ready only while nothing stands against it', async () => {
    const reasons = ['ClickHouse is away'];
    const url = await start(reasons);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const away = await fetch(`${url}/health/ready`);
    expect(away.status).toBe(503);
    expect(await away.json()).toEqual({ status: 'not ready', reasons: ['ClickHouse is away'] });
    reasons.length = 0;
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('serves metrics with the name of the app', async () => {
    const url = await start([]);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('keywatch_events_total{app="ingest"} 3');
  });

  it('names its pages to who asks for another', async () => {
    const response = await fetch(`${await start([])}/x`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('/health/ready');
  });

  it('says so when its port is taken, and closes twice without harm', async () => {
    const port = Number(new URL(await start([])).port);
    const second = new OpsServer({
      host: '127.0.0.1',
      port,
      registry: createRegistry('x'),
      readiness: () => [],
    });
    await expect(second.listen()).rejects.toThrow(/EADDRINUSE/);
    await server?.close();
    await server?.close();
  });
});
