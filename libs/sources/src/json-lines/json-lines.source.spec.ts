import { describe, expect, it } from '@jest/globals';
import { decodeKeyEvent, encodeKeyEvent } from '@keywatch/events';
import fc from 'fast-check';
import { MappingError } from '../settings/mapping-error.js';
import { isRejected, type SourceOutcome } from '../source.js';
import { unmappedMembers } from './fields.js';
import { jsonLinesKind } from './json-lines.source.js';

const MAPPING = {
  source: 'urn:acme:gateway',
  type: {
    pointer: '/event',
    values: { call: 'request-made', issue: 'created', revoke: 'revoked', rotate: 'rotated' },
    otherwise: 'skip',
  },
  key: '/auth/key~1id',
  id: '/request/id',
  tenant: { pointer: '/org', default: 'acme' },
  time: { pointer: '/ts', format: 'unix-ms' },
  data: {
    status: '/http/status',
    sourceIp: '/client/0',
    latencyMs: { pointer: '/seconds', scale: 1000 },
    outcome: { pointer: '/verdict', values: { ok: 'allowed', no: 'forbidden' } },
    environment: { value: 'production' },
    'owner.email': '/owner',
    'owner.team': { value: 'platform' },
    by: '/actor',
  },
};
const RECORD = {
  event: 'call',
  auth: { 'key/id': 'k1' },
  request: { id: 77 },
  ts: 1_795_521_600_000,
  http: { status: '204' },
  client: ['203.0.113.7'],
  seconds: 0.25,
  verdict: 'ok',
  actor: 'anna',
  password: 'never taken',
};

const taking = (record: unknown, mapping: unknown = MAPPING): SourceOutcome =>
  jsonLinesKind.open(mapping).events(record, { lane: 'old' });

function one(record: unknown, mapping: unknown = MAPPING) {
  const outcome = taking(record, mapping);
  if (isRejected(outcome)) throw new Error(outcome.error);
  return outcome.events[0];
}

describe('JSON lines', () => {
  it('become events by their mapping, and nothing else is taken', () => {
    expect(one(RECORD)).toEqual({
      id: '77',
      source: 'urn:acme:gateway',
      type: 'keywatch.key.request-made.v1',
      subject: 'k1',
      time: '2026-11-24T12:00:00.000Z',
      tenantid: 'acme',
      lane: 'old',
      data: {
        status: 204,
        sourceIp: '203.0.113.7',
        latencyMs: 250,
        outcome: 'allowed',
        environment: 'production',
      },
    });
  });

  it('fill the members of whichever type a record has', () => {
    expect(one({ ...RECORD, event: 'issue', owner: 'a@example.com' })).toMatchObject({
      type: 'keywatch.key.created.v1',
      data: { environment: 'production', owner: { email: 'a@example.com', team: 'platform' } },
    });
    expect(one({ ...RECORD, event: 'revoke' })?.data).toEqual({ by: 'anna' });
  });

  it('can fill every member of the contract', () => {
    expect(unmappedMembers()).toEqual([]);
  });

  it('are identified by their content where they have no id', () => {
    const mapping = { key: '/k' };
    expect(one({ k: 'a', n: 1 }, mapping)?.id).toBe(one({ k: 'a', n: 1 }, mapping)?.id);
    expect(one({ k: 'a', n: 1 }, mapping)?.id).not.toBe(one({ k: 'a', n: 2 }, mapping)?.id);
  });

  it.each([
    ['not-an-object', 7],
    ['no-key', { ...RECORD, auth: {} }],
    ['invalid-time', { ...RECORD, ts: 'yesterday' }],
    ['invalid-value', { ...RECORD, http: { status: 'fine' } }],
    ['invalid-value', { ...RECORD, http: { status: 1000 } }],
    ['invalid-id', { ...RECORD, request: { id: 'x'.repeat(257) } }],
  ])('are rejected as %s, without their values', (rejected, record) => {
    const outcome = taking(record);
    expect(outcome).toMatchObject({ rejected });
    expect(JSON.stringify(outcome)).not.toMatch(/yesterday|fine|never taken/);
  });

  it('of another type, or without a key, are passed over where the mapping says so', () => {
    expect(taking({ ...RECORD, event: 'ping' })).toEqual({ events: [], skipped: 'other-type' });
    const mapping = { key: { pointer: '/k', missing: 'skip' } };
    expect(taking({ k: null }, mapping)).toEqual({ events: [], skipped: 'no-key' });
    const strict = { key: '/k', type: { pointer: '/t', values: { a: 'created' } } };
    expect(taking({ k: 'x', t: 'b' }, strict)).toMatchObject({ rejected: 'unknown-type' });
  });

  it('without a time get that of their arrival', () => {
    expect(one({ ...RECORD, ts: null })).not.toHaveProperty('time');
  });

  it('never bring a token along', () => {
    const token = `ghp_${'a'.repeat(36)}`;
    const event = one({ ...RECORD, auth: { 'key/id': token }, actor: token, client: [token] });
    expect(JSON.stringify(event)).not.toContain(token);
  });

  it('give for any record an event the log takes, or none, and never throw', () => {
    const record = fc.record(
      {
        event: fc.constantFrom('call', 'issue', 'revoke', 'rotate', 'x'),
        auth: fc.record({ 'key/id': fc.oneof(fc.string(), fc.integer()) }),
        request: fc.object(),
        ts: fc.oneof(fc.integer(), fc.string()),
        http: fc.record({ status: fc.oneof(fc.integer(), fc.string()) }),
        client: fc.array(fc.string()),
        seconds: fc.oneof(fc.double(), fc.string()),
        verdict: fc.string(),
        owner: fc.anything(),
        actor: fc.anything(),
        org: fc.string(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(record, fc.anything()), (given) => {
        const outcome = taking(given);
        for (const event of isRejected(outcome) ? [] : outcome.events) {
          const value = Buffer.from(encodeKeyEvent(event).value);
          expect(decodeKeyEvent({ value })).toMatchObject({ kind: 'ok' });
        }
      }),
    );
  });
});

describe('the mapping of JSON lines', () => {
  const problems = (mapping: unknown): readonly string[] => {
    try {
      jsonLinesKind.open(mapping);
    } catch (error) {
      if (error instanceof MappingError) return error.problems;
      throw error;
    }
    return [];
  };

  it('names every problem at once, each with its place', () => {
    expect(
      problems({
        type: { pointer: 'event', values: { a: 'destroyed' } },
        key: { pointer: '/k~2', as: 'prefix' },
        time: { pointer: '/t', format: 'iso' },
        data: { status: 'http', colour: '/c', outcome: { pointer: '/o', extra: 1 } },
        unknown: 1,
      }),
    ).toEqual([
      expect.stringMatching(/^type\.pointer: a JSON pointer begins with \//),
      expect.stringMatching(/^type\.values\.a: is none of created, rotated/),
      expect.stringMatching(/^key\.pointer: in a JSON pointer ~ is written ~0/),
      'key.length: how many characters are public?',
      expect.stringMatching(/^time\.format: is one of rfc3339, unix/),
      expect.stringMatching(/^data\.status: a JSON pointer begins with \//),
      expect.stringMatching(/^data\.outcome: Unrecognized key: "extra"/),
      expect.stringMatching(/^data: there is no colour; there are requestId/),
      expect.stringContaining('unknown'),
    ]);
  });

  it('needs to say where the key is', () => {
    expect(problems({})).toEqual([expect.stringMatching(/^key: /)]);
  });
});
