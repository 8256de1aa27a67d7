import { Agent, request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EngineServer } from './server.js';

const credentials = {
  user: 'keywatch',
  password: 'a',
  analyst: { user: 'analyst', password: 'b' },
};

describe('connections to the embedded engine', () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let server: EngineServer | undefined;
  afterEach(async () => {
    agent.destroy();
    await server?.close();
  });

  const portOfPing = (url: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = request(`${url}/ping`, { agent }, (answer) => {
        const port = answer.socket.localPort;
        answer.resume().once('end', () => {
          resolve(port);
        });
      });
      asked.once('error', reject).end();
    });

  it('stay open after a ping, for the request that follows', async () => {
    server = await EngineServer.listen({
      host: '127.0.0.1',
      port: 0,
      credentials,
      run: () => Promise.resolve(),
    });
    const first = await portOfPing(server.url);
    // The server had the time to close it.
    await new Promise((resolve) => setImmediate(resolve));
    expect(await portOfPing(server.url)).toBe(first);
  });
});
