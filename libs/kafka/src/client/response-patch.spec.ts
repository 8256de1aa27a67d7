import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyResponsePatch } from './response-patch.js';

interface Answered {
  readonly correlationId: number;
  readonly size: number;
  readonly payload: Buffer;
}
interface Connection {
  processData(data: Buffer): void;
  readonly chunks: Buffer[];
}

/** A connection that has not been opened: it only takes bytes apart. */
function connection(more: object = {}): { one: Connection; answered: Answered[] } {
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/connection') as { prototype: object };
  const answered: Answered[] = [];
  const one = Object.assign(Object.create(prototype) as Connection, {
    chunks: [],
    bytesBuffered: 0,
    bytesNeeded: 4,
    authHandlers: null,
    authExpectResponse: false,
    requestQueue: { fulfillRequest: (answer: Answered) => answered.push(answer) },
    ...more,
  });
  return { one, answered };
}

/** Length, correlation id, and as many bytes that count up. */
function answerOf(correlationId: number, bytes: number): Buffer {
  const answer = Buffer.alloc(8 + bytes);
  answer.writeInt32BE(4 + bytes, 0);
  answer.writeInt32BE(correlationId, 4);
  for (let i = 0; i < bytes; i += 1) answer[8 + i] = i % 251;
  return answer;
}

applyResponsePatch();
applyResponsePatch();

describe('applyResponsePatch', () => {
  it('gives the answers that were sent, however they were cut', () => {
    const sizes = fc.array(
      fc.oneof(fc.nat(200), fc.integer({ min: 262_000, max: 262_300 }), fc.constant(600_000)),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 100_000 })), (all, cuts) => {
        const { one, answered } = connection();
        const sent = Buffer.concat(all.map((bytes, id) => answerOf(id, bytes)));
        let at = 0;
        for (let i = 0; at < sent.length; i += 1) {
          const end = at + (cuts[i % Math.max(1, cuts.length)] ?? 65_536);
          one.processData(sent.subarray(at, end));
          at = end;
        }
        expect(answered.map(({ correlationId, size }) => [correlationId, size])).toEqual(
          all.map((bytes, id) => [id, bytes + 4]),
        );
        for (const [id, { payload }] of answered.entries()) {
          expect(payload.equals(answerOf(id, all[id] ?? 0).subarray(8))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps no pieces of a large answer', () => {
    const { one, answered } = connection();
    const answer = answerOf(7, 1_000_000);
    for (let at = 0; at < answer.length - 1; at += 65_536) {
      one.processData(answer.subarray(at, Math.min(at + 65_536, answer.length - 1)));
    }
    expect([one.chunks, answered]).toEqual([[], []]);
    one.processData(answer.subarray(-1));
    expect(answered).toHaveLength(1);
  });

  it('keeps none of one that begins in the same piece as the end of another', () => {
    const { one, answered } = connection();
    const sent = Buffer.concat([answerOf(1, 10), answerOf(2, 1_000_000)]);
    one.processData(sent.subarray(0, 65_536));
    expect([one.chunks, answered.length]).toEqual([[], 1]);
    one.processData(sent.subarray(65_536));
    expect(answered).toHaveLength(2);
  });

  it('takes no memory for a length that no answer has', () => {
    const { one } = connection();
    const first = Buffer.from([0x7f, 0xff, 0xff, 0xff, 1]);
    one.processData(first);
    expect(one.chunks).toEqual([first]);
  });

  it('leaves logging in to kafkajs', () => {
    const told: Buffer[] = [];
    const authHandlers = { onSuccess: (data: Buffer) => told.push(data) };
    const { one } = connection({ authHandlers });
    const data = answerOf(1, 300_000).subarray(0, 100);
    one.processData(data);
    expect(told).toEqual([data]);
  });
});
