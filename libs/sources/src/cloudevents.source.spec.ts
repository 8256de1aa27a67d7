import { describe, expect, it } from '@jest/globals';
import { decodeKeyEvent, encodeKeyEvent } from '@keywatch/events';
import { cloudEventsSource } from './cloudevents.source.js';
import { isRejected } from './source.js';

const EVENT = {
  specversion: '1.0',
  id: '1',
  source: 'https://gateway.example/eu',
  type: 'keywatch.key.request-made.v1',
  subject: 'key_1',
  time: '2026-01-02T03:04:05Z',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  shard: 'b',
  data: { status: 200, cacheHit: true },
};

describe('cloudEventsSource', () => {
  it('passes an event on unchanged but for the lane', () => {
    expect(cloudEventsSource.events({ ...EVENT, lane: 'live' }, { lane: 'old' })).toEqual({
      events: [{ ...EVENT, lane: 'old' }],
    });
  });

  it('gives the tenant of the import to events that name none', () => {
    const options = { lane: 'old', tenantId: 'acme' };
    expect(cloudEventsSource.events(EVENT, options)).toMatchObject({
      events: [{ tenantid: 'acme' }],
    });
    expect(cloudEventsSource.events({ ...EVENT, tenantid: 'own' }, options)).toMatchObject({
      events: [{ tenantid: 'own' }],
    });
  });

  it('gives what decodes to the same event, unknown members included', () => {
    const outcome = cloudEventsSource.events(EVENT, { lane: 'old' });
    if (isRejected(outcome) || outcome.events[0] === undefined) throw new Error('rejected');
    const { value } = encodeKeyEvent(outcome.events[0]);
    expect(decodeKeyEvent({ value: Buffer.from(value) })).toMatchObject({
      kind: 'ok',
      event: {
        lane: 'old',
        timeText: EVENT.time,
        traceparent: EVENT.traceparent,
        attributes: { shard: 'b', cacheHit: true },
      },
    });
  });

  it.each([
    ['not-a-cloudevent', { eventID: 'x' }],
    ['not-a-cloudevent', 7],
    ['invalid-envelope', { ...EVENT, subject: '' }],
    ['unknown-type', { ...EVENT, type: 'other' }],
    ['invalid-data', { ...EVENT, data: { status: 'fine' } }],
    ['invalid-time', { ...EVENT, time: 'noon' }],
    ['secret-in-payload', { ...EVENT, data: { apiKey: 'x' } }],
    ['secret-in-payload', { ...EVENT, data: { userAgent: `ghp_${'a'.repeat(36)}` } }],
  ])('rejects as %s', (rejected, record) => {
    expect(cloudEventsSource.events(record, { lane: 'a' })).toMatchObject({ rejected });
  });
});
