import { describe, expect, it } from '@jest/globals';
import { decodeKeyEvent, encodeKeyEvent } from '@keywatch/events';
import fc from 'fast-check';
import { readEvents } from '../read-events.js';
import { MappingError } from '../settings/mapping-error.js';
import { hashName } from '../settings/key-name.js';
import { isRejected, type SourceOutcome } from '../source.js';
import { accessLogKind } from './access-log.source.js';

const QUERY = { key: { from: 'query', name: 'api_key' } };
const line = (target: string, more = ' "-" "curl/8.5"'): string =>
  `203.0.113.7 - - [24/Nov/2026:12:00:00 +0000] "GET ${target} HTTP/1.1" 200 512${more}`;

const taking = (mapping: unknown, text: string): SourceOutcome =>
  accessLogKind.open(mapping).events(text, { lane: 'old' });

function one(mapping: unknown, text: string) {
  const outcome = taking(mapping, text);
  if (isRejected(outcome)) throw new Error(outcome.error);
  return outcome.events[0];
}

describe('an access log', () => {
  it('gives a request of the key, named by its hash, without its query', () => {
    const event = one(QUERY, line('/v1/orders/42?api_key=s3cret&x=1'));
    expect(event).toMatchObject({
      source: 'urn:keywatch:access-log',
      type: 'keywatch.key.request-made.v1',
      subject: hashName('s3cret'),
      time: '2026-11-24T12:00:00.000Z',
      tenantid: 'default',
      lane: 'old',
      data: {
        sourceIp: '203.0.113.7',
        method: 'GET',
        endpoint: '/v1/orders/{id}',
        status: 200,
        bytesOut: 512,
        userAgent: 'curl/8.5',
      },
    });
    expect(JSON.stringify(event)).not.toContain('s3cret');
  });

  it.each([
    ['common', line('/a?api_key=k', '')],
    ['combined', line('/a?api_key=k')],
    ['with a virtual host', `api.example.com:443 ${line('/a?api_key=k')}`],
    ['with fields behind', line('/a?api_key=k', ' "-" "curl" "0.003" upstream')],
    ['with a user of several words', line('/a?api_key=k').replace('- - [', '- John Doe [')],
    ['over IPv6', line('/a?api_key=k').replace('203.0.113.7', '2001:db8::1')],
    ['as HTTP/2', line('/a?api_key=k').replace('HTTP/1.1', 'HTTP/2.0')],
    ['with no bytes', line('/a?api_key=k').replace(' 512', ' -')],
    ['with escaped quotes', line('/a?api_key=k', ' "-" "a \\"b\\" \\x41"')],
    ['with parts of a second', line('/a?api_key=k').replace(/ ([+-]\d{4}\])/, '.123 $1')],
  ])('is read %s', (_form, text) => {
    expect(one(QUERY, text)?.subject).toBe(hashName('k'));
  });

  it.each([
    ['api.example.com 203.0.113.7 -', '203.0.113.7'],
    ['api.example.com 2001:db8::1 -', '2001:db8::1'],
    ['client.example.com -', 'client.example.com'],
    ['203.0.113.7, 10.0.0.1 -', '203.0.113.7'],
  ])('finds who asked in %s', (begins, sourceIp) => {
    const text = line('/a?api_key=k').replace('203.0.113.7 -', begins);
    expect(one(QUERY, text)?.data).toMatchObject({ sourceIp });
  });

  it('reads escaped bytes as UTF-8', () => {
    const text = line('/a?api_key=k', String.raw` "-" "\xd0\x96\xd0\xb5 \"q\""`);
    expect(one(QUERY, text)?.data).toMatchObject({ userAgent: 'Же "q"' });
  });

  it.each([
    ['user', { from: 'user', as: 'public' }, line('/').replace('- - [', '- svc-7 ['), 'svc-7'],
    ['path', { from: 'path', pattern: '/keys/(\\w+)', as: 'public' }, line('/keys/k7/use'), 'k7'],
    [
      'user-agent',
      { from: 'user-agent', pattern: 'key=(kw_\\d+)', as: 'public' },
      line('/', ' "-" "app key=kw_7.s3cret"'),
      'kw_7',
    ],
    ['field', { from: 'field', field: 2, as: 'public' }, line('/', ' "-" "c" "x" "k9"'), 'k9'],
    [
      'prefix',
      { from: 'query', name: 'k', as: 'prefix', length: 4 },
      line('/?k=kw_7s3cret'),
      'kw_7',
    ],
  ])('has the key in its %s', (_place, key, text, subject) => {
    const event = one({ key }, text);
    expect(event?.subject).toBe(subject);
    expect(JSON.stringify(event)).not.toContain('s3cret');
  });

  it('keeps no key as part of a path', () => {
    const key = { from: 'path', pattern: '/keys/(kw_\\d+)', as: 'public' };
    expect(one({ key }, line('/keys/kw_7.s3cret/use'))?.data).toMatchObject({
      endpoint: '/keys/{key}/use',
    });
  });

  it.each([
    ['/a/12/b', '/a/{id}/b'],
    ['/u/0b7e4e52-2a94-4f0e-9a5c-0d2f6a1b3c4d', '/u/{id}'],
    ['/mail/anna@example.com', '/mail/{id}'],
    ['/v1/users', '/v1/users'],
    ['http://example.com/x?y=1', '/x'],
  ])('makes of %s the route %s', (target, endpoint) => {
    const key = { from: 'user', as: 'public' };
    expect(one({ key }, line(target).replace('- - [', '- u ['))?.data).toMatchObject({ endpoint });
  });

  it('passes over a request without a key, and rejects what is no line', () => {
    expect(taking(QUERY, line('/health'))).toEqual({ events: [], skipped: 'no-key' });
    expect(taking(QUERY, 'no log line')).toMatchObject({ rejected: 'not-an-access-log-line' });
    expect(taking(QUERY, line('/').replace('24/Nov', '31/Feb'))).toMatchObject({
      error: expect.stringContaining('the time is not written as'),
    });
  });

  it('takes equal lines for several requests, the same ones each time', () => {
    const ids = (mapping: object): string[] => {
      const source = accessLogKind.open(mapping);
      return [1, 2, 3].flatMap(() => {
        const outcome = source.events(line('/a?api_key=k'), { lane: 'old' });
        return isRejected(outcome) ? [] : outcome.events.map(({ id }) => id);
      });
    };
    expect(new Set(ids(QUERY)).size).toBe(3);
    expect(ids(QUERY)).toEqual(ids(QUERY));
    expect(new Set(ids({ ...QUERY, equalLines: 'one' })).size).toBe(1);
  });

  it('counts every line once, and names those it can not read', async () => {
    const text = [line('/?api_key=a'), 'broken', '', line('/'), line('/?api_key=b')].join('\n');
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from(`${text}\n`));
    }
    const outcomes = [];
    for await (const outcome of readEvents(accessLogKind.open(QUERY), bytes(), { lane: 'old' }))
      outcomes.push([outcome.line, isRejected(outcome) ? 'rejected' : outcome.events.length]);
    expect(outcomes).toEqual([
      [1, 1],
      [2, 'rejected'],
      [4, 0],
      [5, 1],
    ]);
  });

  it('gives for any line a readable event, or none, and never throws', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.webPath(), fc.webQueryParameters(), fc.string())
        .map(([path, query, agent]) => line(`${path}?api_key=k&${query}`, ` "-" "${agent}"`)),
    );
    fc.assert(
      fc.property(text, (given) => {
        const outcome = taking(QUERY, given);
        for (const event of isRejected(outcome) ? [] : outcome.events) {
          const value = Buffer.from(encodeKeyEvent(event).value);
          expect(decodeKeyEvent({ value })).toMatchObject({ kind: 'ok' });
        }
      }),
    );
  });
});

describe('the mapping of an access log', () => {
  const problems = (mapping: unknown): readonly string[] => {
    try {
      accessLogKind.open(mapping);
    } catch (error) {
      if (error instanceof MappingError) return error.problems;
      throw error;
    }
    return [];
  };

  it('names every problem at once', () => {
    expect(
      problems({
        key: { from: 'query', pattern: '(', as: 'secret', length: 3 },
        equalLines: 'some',
        colour: 'red',
      }),
    ).toEqual([
      expect.stringMatching(/^key\.pattern: is no pattern: /),
      expect.stringMatching(/^key\.as: is one of public/),
      'equalLines: is one of distinct, one',
      expect.stringContaining('colour'),
    ]);
    expect(problems({ key: { from: 'query' } })).toEqual([
      'key.name: which parameter of the query holds the key?',
    ]);
    expect(problems({ key: { from: 'path', length: 3 } })).toHaveLength(2);
    expect(problems(undefined)).toHaveLength(1);
    expect(problems('text')).toEqual(['a mapping is an object']);
  });
});
