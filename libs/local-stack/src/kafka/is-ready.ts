import { connect } from 'node:net';

const METADATA = 3;
const VERSION = 1;
const CORRELATION_ID = 7;

/**
 * Asks a broker for its metadata, with nothing but a socket: true when it answers and names at least one broker, which
 * it does once the controller has let it in. False for every other answer, silence or refusal.
 * Format: https://kafka.apache.org/43/design/protocol/ (Metadata request, version 1, no topics).
 */
export function isReady(host: string, port: number, timeoutMs = 2_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let received = Buffer.alloc(0);
    const settle = (ready: boolean): void => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(timeoutMs, () => {
      settle(false);
    });
    socket.on('error', () => {
      settle(false);
    });
    socket.on('close', () => {
      settle(false);
    });
    socket.on('connect', () => socket.write(metadataRequest()));
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
      const count = brokersIn(received);
      if (count !== undefined) settle(count > 0);
    });
  });
}

/** Length, then header (api key, version, correlation id, no client id) and an empty list of topics. */
export function metadataRequest(): Buffer {
  const request = Buffer.alloc(4 + 10 + 4);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(METADATA, 4);
  request.writeInt16BE(VERSION, 6);
  request.writeInt32BE(CORRELATION_ID, 8);
  request.writeInt16BE(-1, 12);
  request.writeInt32BE(0, 14);
  return request;
}

/** How many brokers an answer names; undefined while it isn't complete, 0 when it isn't an answer to our request. */
export function brokersIn(answer: Buffer): number | undefined {
  if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return undefined;
  if (answer.length < 12 || answer.readInt32BE(4) !== CORRELATION_ID) return 0;
  return answer.readInt32BE(8);
}
