import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';

describe('the fault proxy', () => {
  const arrived: string[] = [];
  let server: Server;
  let proxy: FaultProxy;
  beforeEach(async () => {
    arrived.length = 0;
    server = createServer((message, response) => {
      message.resume().on('end', () => {
        arrived.push(message.url ?? '');
        response.end(`answer to ${message.url ?? ''}`);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await startFaultProxy({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
    });
  });
  afterEach(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });

  /** Body of the answer, or the code of the connection's error. */
  const ask = (path: string, limitMs = 5_000, agent: Agent | false = false): Promise<string> =>
    new Promise((resolve) => {
      const signal = AbortSignal.timeout(limitMs);
      const options = { port: proxy.port, host: '127.0.0.1', path, method: 'POST', signal };
      const asked = request({ ...options, agent }, (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => (text += piece.toString()));
        response.on('end', () => {
          resolve(text);
        });
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        resolve(error.code ?? error.message);
      });
      asked.end('body');
    });

  it('passes requests and answers, also large ones', async () => {
    expect(await ask('/a')).toBe('answer to /a');
    const long = `/${'x'.repeat(10_000)}`;
    expect(await ask(long)).toBe(`answer to ${long}`);
  });

  it("puts the target's name into HTTP requests", async () => {
    const names: (string | undefined)[] = [];
    server.on('request', (message) => names.push(message.headers.host));
    await ask('/a');
    expect(names).toEqual([`127.0.0.1:${(server.address() as AddressInfo).port}`]);
  });

  it('cuts the answer of a request that has arrived', async () => {
    proxy.set('cut-answer', { times: 1 });
    expect(await ask('/a')).toBe('ECONNRESET');
    expect(arrived).toEqual(['/a']);
    expect(proxy.happened('cut-answer')).toBe(1);
    expect(await ask('/b')).toBe('answer to /b');
  });

  it('cuts an answer after some of its bytes', async () => {
    proxy.set('cut-answer', { afterBytes: 25 });
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    let text = '';
    socket.on('data', (piece: Buffer) => (text += piece.toString()));
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    expect(text).toHaveLength(25);
    expect(arrived).toEqual(['/a']);
  });

  it('carries so many bytes a second', async () => {
    const path = `/${'x'.repeat(200)}`;
    proxy.set('slow', { bytesPerSecond: 2_000 });
    const start = performance.now();
    expect(await ask(path)).toBe(`answer to ${path}`);
    // More than 600 bytes go by, in slices of 100, each after 50 ms.
    expect(performance.now() - start).toBeGreaterThan(290);
    proxy.set('pass');
    expect(await ask('/b')).toBe('answer to /b');
  });

  it('answers late', async () => {
    proxy.set('slow', { delayMs: 120 });
    const start = performance.now();
    expect(await ask('/a')).toBe('answer to /a');
    // Timers may fire a millisecond early.
    expect(performance.now() - start).toBeGreaterThan(115);
  });

  it('takes a request in and never answers, until it is healed', async () => {
    proxy.set('half-open', { times: 1 });
    const asked = ask('/a', 60_000);
    expect(await ask('/b')).toBe('answer to /b');
    expect(proxy.happened('half-open')).toBe(1);
    expect(arrived).toEqual(['/b']);
    proxy.heal();
    expect(await asked).toBe('ECONNRESET');
    expect(arrived).toEqual(['/b']);
  });

  it('lets a request arrive and never answers', async () => {
    proxy.set('half-open', { lost: 'answer', times: 1 });
    expect(await ask('/a', 200)).toBe('ABORT_ERR');
    expect(arrived).toEqual(['/a']);
    expect(await ask('/b')).toBe('answer to /b');
  });

  it('stays open when the other side has gone', async () => {
    proxy.set('half-open', { lost: 'answer' });
    const asked = ask('/a', 300);
    while (arrived.length === 0) await new Promise(setImmediate);
    server.closeAllConnections();
    expect(await asked).toBe('ABORT_ERR');
  });

  it('stops forwarding on a connection that has worked', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await ask('/a', 5_000, agent)).toBe('answer to /a');
    proxy.set('half-open');
    expect(await ask('/b', 200, agent)).toBe('ABORT_ERR');
    expect(arrived).toEqual(['/a']);
    agent.destroy();
  });

  it('refuses connections, and takes them again when it is told to', async () => {
    proxy.set('refuse');
    expect(await ask('/a')).toBe('ECONNRESET');
    expect(arrived).toEqual([]);
    proxy.set('pass');
    expect(await ask('/a')).toBe('answer to /a');
  });

  it('faults only the requests it is told of', async () => {
    proxy.set('refuse', { matches: (piece) => piece.includes('POST /insert') });
    expect(await ask('/insert')).toBe('ECONNRESET');
    expect(await ask('/select')).toBe('answer to /select');
    expect(arrived).toEqual(['/select']);
  });

  it('resets the client when the target is not there', async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(await ask('/a')).toBe('ECONNRESET');
  });
});
