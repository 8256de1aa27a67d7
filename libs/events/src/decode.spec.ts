import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCloudEvent, decodeKeyEvent, MAX_MESSAGE_BYTES } from './decode.js';
import { encodeKeyEvent, type OutgoingKeyEvent } from './encode.js';
import { KEY_EVENT_TYPES, REQUEST_MADE } from './key-event.js';

const request: OutgoingKeyEvent = {
  id: 'e-1',
  source: 'urn:gateway:eu',
  type: REQUEST_MADE,
  subject: 'key_42',
  time: '2026-03-01T10:00:00.123Z',
  tenantid: 'acme',
  data: { environment: 'production', status: 200, sourceIp: '203.0.113.9' },
};
const asBuffer = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const structured = (over: Record<string, unknown>): { value: Buffer } => ({
  value: asBuffer({ specversion: '1.0', ...request, ...over }),
});

describe('decodeKeyEvent', () => {
  it('reads structured mode', () => {
    const decoded = decodeKeyEvent({ value: Buffer.from(encodeKeyEvent(request).value) });
    expect(decoded).toEqual({
      kind: 'ok',
      event: {
        type: REQUEST_MADE,
        id: 'e-1',
        source: 'urn:gateway:eu',
        tenantId: 'acme',
        lane: 'live',
        keyId: 'key_42',
        timeText: '2026-03-01T10:00:00.123Z',
        timeMs: Date.UTC(2026, 2, 1, 10, 0, 0, 123),
        traceparent: '',
        data: request.data,
        attributes: undefined,
      },
    });
  });

  it('reads binary mode, headers as buffers or text, to the same event', () => {
    const { data, ...attributes } = request;
    const headers = Object.fromEntries(
      Object.entries({ specversion: '1.0', ...attributes }).map(([name, value], index) => [
        `ce_${name}`,
        index % 2 === 0 ? Buffer.from(value) : value,
      ]),
    );
    expect(decodeKeyEvent({ value: asBuffer(data), headers })).toEqual(
      decodeKeyEvent(structured({})),
    );
  });

  it('takes the default tenant and the live lane where none is named, and flags a missing time', () => {
    const { tenantid: _tenantid, time: _time, ...rest } = request;
    const decoded = decodeCloudEvent({ specversion: '1.0', ...rest });
    expect(decoded).toMatchObject({
      kind: 'ok',
      event: { tenantId: 'default', lane: 'live', timeText: '', timeMs: Number.NaN },
    });
  });

  it('keeps unknown members of data and envelope as attributes', () => {
    const decoded = decodeKeyEvent(
      structured({ cluster: 'eu-1', data: { ...request.data, cdn: 'x' } }),
    );
    expect(decoded).toMatchObject({ event: { attributes: { cdn: 'x', cluster: 'eu-1' } } });
  });

  it('derives the status from the outcome where there is none', () => {
    const decoded = decodeKeyEvent(structured({ data: { outcome: 'rate-limited' } }));
    expect(decoded).toMatchObject({ event: { data: { status: 429 } } });
  });

  it.each([
    ['empty', { value: null }],
    ['empty', { value: Buffer.alloc(0) }],
    ['too-large', { value: Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x20) }],
    ['not-json', { value: Buffer.from('{"specversion":"1.0"') }],
    ['not-a-cloudevent', { value: asBuffer({ hello: 'world' }) }],
    ['not-a-cloudevent', { value: asBuffer([1]) }],
    ['not-a-cloudevent', { value: Buffer.from('null') }],
    ['invalid-envelope', structured({ id: '' })],
    ['invalid-envelope', structured({ specversion: '0.3' })],
    ['invalid-envelope', structured({ subject: 7 })],
    ['unknown-type', structured({ type: 'keywatch.key.polished.v1' })],
    ['unknown-type', structured({ type: 'toString' })],
    ['invalid-data', structured({ data: { status: 'ok' } })],
    ['invalid-data', structured({ data: 'text' })],
    ['invalid-time', structured({ time: 'yesterday' })],
    ['secret-in-payload', structured({ data: { note: `ghp_${'a'.repeat(36)}` } })],
    ['secret-in-payload', structured({ data: { credentials: { sessionToken: 'abc' } } })],
  ])('makes it a dead letter: %s', (reason, message) => {
    const decoded = decodeKeyEvent(message);
    expect(decoded).toMatchObject({ kind: 'dead-letter', reason });
  });

  it('finds secrets in every part of a lifecycle event', () => {
    const created = structured({
      type: 'keywatch.key.created.v1',
      data: { owner: { id: 'o', apiKey: 'abc' } },
    });
    expect(decodeKeyEvent(created)).toMatchObject({ reason: 'secret-in-payload' });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(['ok', 'dead-letter']).toContain(decodeKeyEvent({ value: Buffer.from(bytes) }).kind);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(['ok', 'dead-letter']).toContain(decodeKeyEvent({ value: Buffer.from(json) }).kind);
      }),
    );
  });

  it('names members in its errors, never values', () => {
    const decoded = decodeKeyEvent(structured({ data: { status: 'hunter2' } }));
    expect(decoded).toMatchObject({ error: expect.stringContaining('data/status') });
    expect(JSON.stringify(decoded)).not.toContain('hunter2');
  });

  it.each(KEY_EVENT_TYPES)('reads %s without data members', (type) => {
    expect(decodeKeyEvent(structured({ type, data: {} })).kind).toBe('ok');
  });
});
