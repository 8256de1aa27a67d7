import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { brokersIn, isReady, metadataRequest } from './is-ready.js';

/** Length, correlation id, number of brokers. */
function answer(correlation: number, brokers: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeInt32BE(8, 0);
  bytes.writeInt32BE(correlation, 4);
  bytes.writeInt32BE(brokers, 8);
  return bytes;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('isReady', () => {
  it('is true when a broker names brokers, also when the answer comes in pieces', async () => {
    const port = await listening((socket) => {
      socket.once('data', (request) => {
        expect(request).toEqual(metadataRequest());
        const bytes = answer(7, 1);
        socket.write(bytes.subarray(0, 5), () => socket.write(bytes.subarray(5)));
      });
    });
    expect(await isReady('127.0.0.1', port)).toBe(true);
  });

  it('is false when it names none yet', async () => {
    const port = await listening((socket) => socket.once('data', () => socket.write(answer(7, 0))));
    expect(await isReady('127.0.0.1', port)).toBe(false);
  });

  it('is false when something else answers', async () => {
    const port = await listening((socket) => socket.once('data', () => socket.end('HTTP/1.1 400')));
    expect(await isReady('127.0.0.1', port)).toBe(false);
  });

  it('is false when nothing is said within the limit', async () => {
    const port = await listening(() => undefined);
    expect(await isReady('127.0.0.1', port, 50)).toBe(false);
  });

  it('is false when nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    expect(await isReady('127.0.0.1', port)).toBe(false);
  });
});

describe('brokersIn', () => {
  it('waits for the whole answer', () => {
    expect(brokersIn(Buffer.alloc(3))).toBeUndefined();
    expect(brokersIn(answer(7, 1).subarray(0, 11))).toBeUndefined();
  });

  it('takes no answer to another request', () => {
    expect(brokersIn(answer(8, 3))).toBe(0);
  });
});
