import { describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Row } from '@keywatch/reports';
import { apiOn, doubles } from './doubles.js';

const until = async (fact: () => boolean): Promise<void> => {
  while (!fact()) await new Promise((resolve) => setImmediate(resolve));
};
const row = (keyId: string): Row => ({ keyId, requests: 1 });

/** The API on a port of its own; its database gives one row, and the other when it is released. */
async function listening(limits: object) {
  const ports = doubles();
  const held = Promise.withResolvers<undefined>();
  ports.database.result = async function* () {
    yield row('a');
    const { signal } = ports.database;
    // As a database does: who is no longer wanted ends.
    await Promise.race([
      held.promise,
      once(signal ?? new EventTarget(), 'abort').then(() => {
        throw new Error('cancelled');
      }),
    ]);
    yield row('b');
  };
  const app = await apiOn(ports, { limits });
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/api/v1/reports/usage`;
  const release = (): void => {
    held.resolve(undefined);
  };
  return { ports, app, url, release };
}

describe('limits of reports', () => {
  it('so many at once: one more waits for a place and gets it', async () => {
    const { ports, app, url, release } = await listening({
      reports: { places: 1, waiting: 1, waitMs: 10_000 },
    });
    const first = fetch(url);
    await until(() => ports.database.asked.length === 1);
    const second = fetch(url);
    release();
    for (const answer of await Promise.all([first, second])) {
      await expect(answer.json()).resolves.toMatchObject({ rows: [row('a'), row('b')] });
    }
    await app.close();
  });

  it('is 429 with Retry-After where there is no place in time', async () => {
    const { ports, app, url, release } = await listening({
      reports: { places: 1, waiting: 1, waitMs: 20 },
    });
    const first = fetch(url);
    await until(() => ports.database.asked.length === 1);
    const second = await fetch(url);
    expect(second.status).toBe(429);
    expect(second.headers.get('retry-after')).toBe('5');
    expect(ports.database.asked).toHaveLength(1);
    release();
    await (await first).text();
    await app.close();
  });

  const ONE_SHORT = { answerMs: 100, reports: { places: 1, waiting: 0, waitMs: 0 } };

  it('an answer whose query takes too long is cut off and its place freed', async () => {
    const { ports, app, url, release } = await listening(ONE_SHORT);
    const answer = await fetch(`${url}?format=csv`);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('content-disposition')).toBeNull();
    await expect(answer.json()).resolves.toMatchObject({
      detail: expect.stringContaining('took too long'),
    });
    expect(ports.database.signal?.aborted).toBe(true);
    release();
    await expect(fetch(url).then((answer) => answer.json())).resolves.toMatchObject({
      rows: [row('a'), row('b')],
    });
    await app.close();
  });

  it('an asker who stops reading is cut off and the place freed', async () => {
    const { ports, app, url } = await listening(ONE_SHORT);
    let ended = false;
    ports.database.result = async function* () {
      try {
        for (;;) yield await Promise.resolve(row('x'.repeat(10_000)));
      } finally {
        ended = true;
      }
    };
    const { port, host } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    // Nothing is ever read from this socket: the answer stops where the buffers are full.
    socket.write(`GET /api/v1/reports/usage HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    await until(() => ended);
    ports.database.result = async function* () {
      yield await Promise.resolve(row('a'));
    };
    await expect(fetch(url).then((answer) => answer.json())).resolves.toMatchObject({
      rows: [row('a')],
    });
    socket.destroy();
    await app.close();
  });

  it('a report under way is finished when the API is told to stop', async () => {
    const { ports, app, url, release } = await listening({});
    const answer = fetch(url).then((response) => response.json());
    await until(() => ports.database.asked.length === 1);
    const closed = app.close();
    release();
    await expect(answer).resolves.toMatchObject({ rows: [row('a'), row('b')] });
    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });
});
