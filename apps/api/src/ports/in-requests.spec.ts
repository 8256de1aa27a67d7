import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inRequests, REQUEST_BYTES } from './in-requests.js';

const message = (value: string) => ({ key: 'k', value, headers: {} });

describe('inRequests', () => {
  it('keeps order and loses nothing, and no request with several messages is too large', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 40 })),
        fc.integer({ min: 1, max: 2000 }),
        (values, limit) => {
          const requests = [...inRequests(values.map(message), limit)];
          expect(requests.flat().map(({ value }) => value)).toEqual(values);
          for (const request of requests) {
            const bytes = request.reduce((sum, { value }) => sum + Buffer.byteLength(value) + 1, 0);
            if (request.length > 1) expect(bytes).toBeLessThanOrEqual(limit);
            expect(request.length).toBeGreaterThan(0);
          }
        },
      ),
    );
  });

  it('gives a message that is larger than the limit a request of its own', () => {
    const requests = [
      ...inRequests([message('a'), message('b'.repeat(REQUEST_BYTES)), message('c')]),
    ];
    expect(requests.map((request) => request.length)).toEqual([1, 1, 1]);
  });
});
