import { describe, expect, it } from '@jest/globals';
import { apiOn, doubles, HOST } from './doubles.js';

const TOKEN = 'a-secret-of-some-length';

describe('who may ask the API', () => {
  it.each(['evil.example:4100', 'localhost:80', 'localhost', '127.0.0.1.evil.example:4100', ''])(
    'on loopback, a Host header of %p is refused',
    async (host) => {
      const app = await apiOn(doubles());
      const answer = await app.inject({ url: '/api/v1/reports', headers: { host } });
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ detail: expect.stringContaining('port 4100') });
      await app.close();
    },
  );

  it.each(['localhost:4100', '127.0.0.1:4100', '[::1]:4100', 'LOCALHOST:4100'])(
    '%s is ours',
    async (host) => {
      const app = await apiOn(doubles());
      await expect(
        app.inject({ url: '/api/v1/reports', headers: { host } }),
      ).resolves.toMatchObject({ statusCode: 200 });
      await app.close();
    },
  );

  it('a page of another site may not post, one of ours may', async () => {
    const app = await apiOn(doubles());
    const post = (origin: string) =>
      app.inject({
        method: 'POST',
        url: '/api/v1/events',
        headers: { host: HOST, origin, 'content-type': 'application/json' },
        payload: '{}',
      });
    await expect(post('https://evil.example')).resolves.toMatchObject({ statusCode: 403 });
    await expect(post('null')).resolves.toMatchObject({ statusCode: 403 });
    await expect(post(`http://${HOST}`)).resolves.toMatchObject({ statusCode: 400 });
    await app.close();
  });

  it('allows no other site to read answers', async () => {
    const app = await apiOn(doubles());
    const answer = await app.inject({
      url: '/api/v1/reports',
      headers: { host: HOST, origin: 'https://evil.example' },
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/api/v1/events',
      headers: { host: HOST, origin: 'https://evil.example' },
    });
    expect(preflight.statusCode).toBeGreaterThanOrEqual(400);
    await app.close();
  });

  it('does not start where others could reach it without a token', async () => {
    await expect(apiOn(doubles(), { host: '0.0.0.0' })).rejects.toThrow(/set KEYWATCH_API_TOKEN/);
  });

  it('with a token set asks for it everywhere but at health and metrics, whatever the Host', async () => {
    const app = await apiOn(doubles(), { host: '0.0.0.0', token: TOKEN });
    const status = async (url: string, authorization?: string): Promise<number> => {
      const headers = {
        host: 'keywatch.example',
        ...(authorization === undefined ? {} : { authorization }),
      };
      return (await app.inject({ url, headers })).statusCode;
    };
    for (const url of [
      '/api/v1/reports',
      '/api/v1/reports/usage',
      '/%61pi/v1/reports',
      '/api/v1/none',
      '/none',
      '/health/live/../../api/v1/reports',
    ]) {
      await expect(status(url)).resolves.toBe(401);
      await expect(status(url, 'Bearer wrong-secret-of-some-length')).resolves.toBe(401);
      await expect(status(url, `Basic ${TOKEN}`)).resolves.toBe(401);
    }
    await expect(status('/api/v1/reports', `Bearer ${TOKEN}`)).resolves.toBe(200);
    await expect(status('/health/live')).resolves.toBe(200);
    await expect(status('/metrics')).resolves.toBe(200);
    const refused = await app.inject({ url: '/api/v1/reports', headers: { host: 'x' } });
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="keywatch"');
    await app.close();
  });

  it("gives every answer a request id, the asker's where it is a plain one", async () => {
    const app = await apiOn(doubles());
    const id = async (given?: string): Promise<unknown> => {
      const headers = { host: HOST, ...(given === undefined ? {} : { 'x-request-id': given }) };
      const answer = await app.inject({ url: '/none', headers });
      expect(answer.json()).toMatchObject({ requestId: answer.headers['x-request-id'] });
      return answer.headers['x-request-id'];
    };
    await expect(id('abc-123')).resolves.toBe('abc-123');
    await expect(id('x y"')).resolves.toMatch(/^[0-9a-f-]{36}$/);
    await expect(id()).resolves.toMatch(/^[0-9a-f-]{36}$/);
    await app.close();
  });
});
