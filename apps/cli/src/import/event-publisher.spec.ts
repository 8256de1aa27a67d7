import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingKeyEvent } from '@keywatch/events';
import type { PostAnswer } from '../api/api-client.js';
import { ApiError } from '../api/api-error.js';
import { EventPublisher } from './event-publisher.js';
import { ImportCount } from './import-count.js';

const PLACE = { file: 'a.json', line: 1 };

function event(id: string, userAgent = ''): OutgoingKeyEvent {
  return {
    id,
    source: 'urn:test',
    type: 'keywatch.key.request-made.v1',
    subject: 'k1',
    time: '2026-11-24T12:00:00Z',
    data: { status: 200, userAgent },
  };
}

/** Accepts everything, after the failures that are lined up. */
class FakeApi {
  readonly bodies: string[] = [];
  readonly failures: Error[] = [];
  answer: ((ids: readonly string[]) => PostAnswer) | undefined;

  postEvents(body: string): Promise<PostAnswer> {
    this.bodies.push(body);
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure);
    const ids = (JSON.parse(body) as { id: string }[]).map(({ id }) => id);
    if (this.answer !== undefined) return Promise.resolve(this.answer(ids));
    const results = ids.map((id) => ({ id, status: 'accepted', reason: null, error: null }));
    return Promise.resolve({ accepted: ids.length, rejected: 0, results });
  }

  sizes(): number[] {
    return this.bodies.map((body) => (JSON.parse(body) as unknown[]).length);
  }
}

let api: FakeApi;
let counted: ImportCount;
let controller: AbortController;
let publisher: EventPublisher;

beforeEach(() => {
  api = new FakeApi();
  counted = new ImportCount();
  controller = new AbortController();
  publisher = new EventPublisher(api, counted, controller.signal, 0);
});

const refused = (status: number | undefined, retryAfterMs = 0): ApiError =>
  new ApiError(`refused ${status}`, status, retryAfterMs);

describe('batches', () => {
  it('hold a thousand events; the rest goes with the flush', async () => {
    for (let n = 0; n < 2001; n += 1) await publisher.add(event(`e${n}`), PLACE);
    expect(api.sizes()).toEqual([1000, 1000]);
    await publisher.flush();
    expect(api.sizes()).toEqual([1000, 1000, 1]);
    expect(counted.published).toBe(2001);
  });

  it('stay under 4 MB of UTF-8, not of characters', async () => {
    // Three bytes each: 1.5 MB an event, of which two fit.
    const wide = '漢'.repeat(500_000);
    for (let n = 0; n < 5; n += 1) await publisher.add(event(`e${n}`, wide), PLACE);
    await publisher.flush();
    expect(api.sizes()).toEqual([2, 2, 1]);
    expect(Math.max(...api.bodies.map((body) => Buffer.byteLength(body)))).toBeLessThan(4_000_100);
  });

  it('that are empty are not sent', async () => {
    await publisher.flush();
    expect(api.bodies).toEqual([]);
  });
});

describe('rejected events', () => {
  it('are counted with file, line and reason; the others are published', async () => {
    api.answer = (ids) => ({
      accepted: 1,
      rejected: 1,
      results: ids.map((id) =>
        id === 'bad'
          ? { id, status: 'rejected', reason: 'schema', error: 'no subject' }
          : { id, status: 'accepted', reason: null, error: null },
      ),
    });
    await publisher.add(event('good'), { file: 'a.json', line: 3 });
    await publisher.add(event('bad'), { file: 'b.json', line: 4, item: 2 });
    await publisher.flush();
    expect(counted.summary()).toMatchObject({
      published: 1,
      rejected: 1,
      reasons: { schema: 1 },
      examples: [{ file: 'b.json', line: 4, item: 2, reason: 'schema', error: 'no subject' }],
    });
  });

  it('include one that is too large for any request, which does not end the import', async () => {
    api.failures.push(refused(413));
    await publisher.add(event('huge'), PLACE);
    await publisher.flush();
    await publisher.add(event('next'), PLACE);
    await publisher.flush();
    expect(counted).toMatchObject({ published: 1, rejected: 1 });
    expect(counted.reasons.get('too-large')).toBe(1);
  });
});

describe('an API that is away', () => {
  it.each([undefined, 429, 503])('(%s) is asked again with the same body', async (status) => {
    api.failures.push(refused(status), refused(status));
    await publisher.add(event('e1'), PLACE);
    await publisher.flush();
    expect(api.bodies).toHaveLength(3);
    expect(new Set(api.bodies).size).toBe(1);
    expect(counted.published).toBe(1);
  });

  it('is given up after eight attempts', async () => {
    for (let n = 0; n < 20; n += 1) api.failures.push(refused(503));
    await publisher.add(event('e1'), PLACE);
    await expect(publisher.flush()).rejects.toThrow('refused 503');
    expect(api.bodies).toHaveLength(8);
    expect(counted.published).toBe(0);
  });

  it('is not asked before the time that it named', async () => {
    api.failures.push(refused(503, 60));
    await publisher.add(event('e1'), PLACE);
    const started = performance.now();
    await publisher.flush();
    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
  });

  it.each([401, 403, 415])('for good (%d) is not asked again', async (status) => {
    api.failures.push(refused(status));
    await publisher.add(event('e1'), PLACE);
    await expect(publisher.flush()).rejects.toThrow(`refused ${status}`);
    expect(api.bodies).toHaveLength(1);
  });
});

describe('Ctrl-C', () => {
  it('ends the import between two requests', async () => {
    await publisher.add(event('e1'), PLACE);
    controller.abort();
    await expect(publisher.flush()).rejects.toMatchObject({ name: 'AbortError' });
    expect(api.bodies).toEqual([]);
  });

  it('ends a long wait for an API that is away', async () => {
    api.failures.push(refused(503, 3_600_000));
    await publisher.add(event('e1'), PLACE);
    const flushed = publisher.flush();
    controller.abort();
    await expect(flushed).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('rejected records', () => {
  it('go along as dead letters, and are not counted as published', async () => {
    await publisher.add(event('e1'), PLACE);
    await publisher.reject({ file: 'a.json', line: 2 }, 'old', 'invalid-time', 'no time');
    await publisher.flush();
    expect(counted).toMatchObject({ published: 1, rejected: 1, deadLetters: 1 });
    const [, told] = JSON.parse(api.bodies[0] ?? '') as { type: string; data: object }[];
    expect(told).toMatchObject({
      type: 'keywatch.import.line-rejected.v1',
      data: { file: 'a.json', line: 2, reason: 'invalid-time', error: 'no time' },
    });
  });

  it('that the API refuses are told of in the next request, once', async () => {
    api.answer = (ids) => {
      const results = ids.map((id) =>
        id === 'bad'
          ? { id, status: 'rejected', reason: 'invalid-data', error: 'status' }
          : { id, status: 'accepted', reason: null, error: null },
      );
      return { accepted: ids.length, rejected: 0, results };
    };
    await publisher.add(event('bad'), PLACE);
    await publisher.add(event('good'), PLACE);
    await publisher.flush();
    expect(api.sizes()).toEqual([2, 1]);
    expect(counted).toMatchObject({ published: 1, rejected: 1, deadLetters: 1 });
  });

  it('that are not taken as dead letters either stay rejected', async () => {
    api.answer = (ids) => ({
      accepted: 0,
      rejected: ids.length,
      results: ids.map((id) => ({ id, status: 'rejected', reason: 'unknown-type', error: 'x' })),
    });
    await publisher.reject(PLACE, 'old', 'invalid-time', 'no time');
    await publisher.flush();
    expect(counted).toMatchObject({ published: 0, rejected: 1, deadLetters: 0 });
  });
});
