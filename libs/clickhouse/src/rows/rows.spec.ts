import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ALERT_ACTIONS,
  KEY_EVENT_TYPES,
  OUTCOMES,
  REQUEST_MADE,
  type Alert,
  type AlertLogEvent,
  type Delivery,
  type KeyEvent,
} from '@keywatch/events';
import { aSilence, anAlertAction, anAlertEvent, readIntakeRows } from '@keywatch/testing';
import { alertLogRow } from './alert-action-row.js';
import { alertEventRow } from './alert-event-row.js';
import { deadLetterRow } from './dead-letter-row.js';
import { deliveryEventRow } from './delivery-event-row.js';
import { INTAKES, type Intake } from './empty-columns.js';
import { keyEventRow } from './key-event-row.js';
import { rangeRow, ROW_VERSION, type RangeCounts } from './range-row.js';

const LOG_TIME = Date.UTC(2026, 10, 24, 12, 0, 0, 7);
const position = { topic: 'keywatch.key-events', partition: 3, offset: '42', logTimeMs: LOG_TIME };
const identity = 'ab'.repeat(16);

/** The one row by column name; bytes left over fail the test. */
function columns(intake: Intake, row: Buffer): Record<string, unknown> {
  const [found = {}, ...more] = readIntakeRows(intake, row);
  expect(more).toEqual([]);
  return found;
}

const text = fc.string({ unit: 'binary', maxLength: 30 });
const envelope = {
  id: text,
  source: text,
  tenantId: text,
  lane: text,
  keyId: text,
  timeText: text,
  traceparent: text,
  timeMs: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: 0, max: LOG_TIME * 2 })),
};
const request = fc.record({
  ...envelope,
  type: fc.constant(REQUEST_MADE),
  data: fc.record(
    {
      requestId: text,
      secretVersion: fc.integer({ min: 0, max: 4_294_967_295 }),
      environment: text,
      sourceIp: text,
      userAgent: text,
      method: text,
      endpoint: text,
      status: fc.integer({ min: 0, max: 999 }),
      latencyMs: fc.double({ min: 0, max: 4e9, noNaN: true }),
      bytesOut: fc.maxSafeNat(),
      region: text,
      outcome: fc.constantFrom(...OUTCOMES),
    },
    { requiredKeys: [] },
  ),
  attributes: fc.option(fc.dictionary(text, fc.jsonValue()), { nil: undefined }),
});

describe('keyEventRow', () => {
  it('a row of a request gives every value back, exactly', () => {
    fc.assert(
      fc.property(request, (event) => {
        const row = keyEventRow(event, position, identity, 7);
        const found = columns('key_event_intake', row);
        expect(found).toMatchObject({
          kind: 1,
          topic: position.topic,
          partition: 3,
          offset: 42,
          log_time: LOG_TIME,
          identity,
          body_crc: 7,
          tenant_id: event.tenantId.toWellFormed(),
          lane: event.lane.toWellFormed(),
          source: event.source.toWellFormed(),
          event_id: event.id.toWellFormed(),
          type: event.type,
          key_id: event.keyId.toWellFormed(),
          time_text: event.timeText.toWellFormed(),
          environment: event.data.environment?.toWellFormed() ?? '',
          source_ip: event.data.sourceIp?.toWellFormed() ?? '',
          user_agent: event.data.userAgent?.toWellFormed() ?? '',
          method: event.data.method?.toWellFormed() ?? '',
          endpoint: event.data.endpoint?.toWellFormed() ?? '',
          status: event.data.status ?? 0,
          bytes_out: event.data.bytesOut ?? 0,
          region: event.data.region?.toWellFormed() ?? '',
          outcome: event.data.outcome ?? '',
          request_id: event.data.requestId?.toWellFormed() ?? '',
          secret_version: event.data.secretVersion ?? 0,
          traceparent: event.traceparent.toWellFormed(),
        });
        expect(found['latency_ms']).toBe(Math.fround(event.data.latencyMs ?? 0));
        if (event.attributes === undefined) expect(found['data']).toBe('');
        else expect(found['data']).toBe(JSON.stringify(event.attributes).toWellFormed());
      }),
    );
  });

  it('a row of a lifecycle event carries its data and its extensions as JSON, data first', () => {
    fc.assert(
      fc.property(
        fc.record({
          ...envelope,
          type: fc.constantFrom(...KEY_EVENT_TYPES.filter((type) => type !== REQUEST_MADE)),
        }),
        (some) => {
          const event = {
            ...some,
            data: { name: 'n "1"', owner: { id: 'o' } },
            attributes: { name: 'an extension', ce: 1 },
          } as unknown as KeyEvent;
          const found = columns('key_event_intake', keyEventRow(event, position, identity, 7));
          expect(JSON.parse(found['data'] as string)).toEqual({
            name: 'n "1"',
            owner: { id: 'o' },
            ce: 1,
          });
          expect(found).toMatchObject({ status: 0, environment: '', secret_version: 0 });
        },
      ),
    );
  });

  it.each([
    ['its own time', Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1), 0],
    ['no time: arrival', Number.NaN, LOG_TIME, 1],
    ['a time of 2120: arrival', Date.UTC(2120, 0, 1), LOG_TIME, 2],
    ['a time of 1950: arrival', Date.UTC(1950, 0, 1), LOG_TIME, 2],
  ])('files an event under %s', (_, timeMs, filedMs, flag) => {
    const event = { ...fc.sample(request, { numRuns: 1, seed: 1 })[0], timeMs } as KeyEvent;
    const found = columns('key_event_intake', keyEventRow(event, position, identity, 7));
    expect(found['filed_time']).toBe(filedMs);
    expect(found['time_flag']).toBe(flag);
  });

  it('a lone surrogate is mended wherever it stands: it would stop the partition for ever', () => {
    const [some] = fc.sample(request, { numRuns: 1, seed: 1 });
    const lone = { ...some, keyId: 'k\ud800', attributes: { a: ['\udfff'] } } as KeyEvent;
    const row = keyEventRow(lone, position, identity, 7);
    const found = columns('key_event_intake', row);
    expect(found).toMatchObject({ key_id: 'k\ufffd', data: '{"a":["\ufffd"]}' });
  });

  it('offsets beyond 2^53 keep all their digits', () => {
    const event = fc.sample(request, { numRuns: 1, seed: 1 })[0] as KeyEvent;
    const row = keyEventRow(event, { ...position, offset: 2n ** 63n }, identity, 7);
    expect(columns('key_event_intake', row)['offset']).toBe(2 ** 63);
    expect(row.includes(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0x80]))).toBe(true);
  });

  it('a duplicate keeps position and identity and leaves the rest empty', () => {
    const event = fc.sample(request, { numRuns: 1, seed: 1 })[0] as KeyEvent;
    const found = columns(
      'key_event_intake',
      keyEventRow(event, position, identity, 7, 'duplicate'),
    );
    expect(found).toMatchObject({ kind: 2, offset: 42, identity, body_crc: 7, event_id: '' });
  });
});

describe('deadLetterRow and rangeRow', () => {
  const letter = {
    kind: 'dead-letter',
    reason: 'not-json',
    error: 'the value is not JSON',
  } as const;
  const counts: RangeCounts = {
    messages: 10,
    events: 6,
    duplicates: 2,
    conflicts: 1,
    deadLetters: 1,
    dropped: 1,
    firstLogTimeMs: LOG_TIME - 5,
    lastLogTimeMs: LOG_TIME,
  };

  it.each(INTAKES)('a dead letter fits %s and is redacted', (intake) => {
    const value = Buffer.from(`{"apiKey":"s3cret","text":"${'x'.repeat(20_000)}"}`);
    const row = deadLetterRow(intake, letter, position, { key: Buffer.from('k"1'), value }, 7);
    const found = columns(intake, row);
    expect(found).toMatchObject({ kind: 3, offset: 42, body_crc: 7 });
    expect(found[intake === 'key_event_intake' ? 'key_id' : 'message_key']).toBe('k"1');
    const data = JSON.parse(found['data'] as string) as Record<string, unknown>;
    expect(data).toMatchObject({ reason: 'not-json', error: letter.error, bytes: value.length });
    expect(data['payload']).toMatch(/^\{"apiKey":"\[redacted\]","text":"x+…$/);
    expect(row.includes('s3cret')).toBe(false);
  });

  it.each(INTAKES)('a dead letter without key and value fits %s', (intake) => {
    const row = deadLetterRow(intake, letter, position, { key: null, value: null }, 0);
    expect(JSON.parse(columns(intake, row)['data'] as string)).toMatchObject({
      payload: '',
      bytes: 0,
    });
  });

  it.each(INTAKES)('a range fits %s with its counts', (intake) => {
    const bounds = { topic: 't', partition: 1, from: '32', to: '42' };
    const found = columns(intake, rangeRow(intake, bounds, counts));
    expect(found).toMatchObject({
      kind: 4,
      topic: 't',
      partition: 1,
      offset: 32,
      log_time: LOG_TIME,
    });
    expect(JSON.parse(found['data'] as string)).toEqual({
      to: 42,
      messages: 10,
      events: 6,
      duplicates: 2,
      conflicts: 1,
      deadLetters: 1,
      dropped: 1,
      firstLogTimeMs: LOG_TIME - 5,
      rowVersion: ROW_VERSION,
    });
  });
});

describe('alertEventRow and deliveryEventRow', () => {
  const alert: Alert = {
    alertId: 'a'.repeat(32),
    fingerprint: 'f'.repeat(32),
    rule: 'stale-key',
    ruleVersion: 2,
    severity: 'high',
    tenantId: 'acme',
    lane: 'live',
    keyId: 'k1',
    window: '2026-11-24',
    title: 'A "stale" key',
    sentence: 'Said with a \ud800 in it',
    occurredAt: '2026-11-24T12:00:00.250+01:00',
    detectedAt: '2026-11-24T11:00:01Z',
    historical: true,
    evidence: {
      facts: { days: 400, who: ['a', 'b'] },
      query: "SELECT *\nFROM keys\nWHERE key_id = 'k1'",
      firstEventId: 'e1',
    },
    owner: { id: 'o', email: 'o@example.test', team: 't' },
  };

  it('an alert gives every value back', () => {
    const row = alertEventRow({ id: 'a:1', source: 'sweep', alert }, position, identity, 7);
    expect(columns('alert_event_intake', row)).toMatchObject({
      kind: 1,
      message_key: alert.fingerprint,
      event_id: 'a:1',
      source: 'sweep',
      rule_version: 2,
      severity: 4,
      window: '2026-11-24',
      title: 'A "stale" key',
      sentence: 'Said with a \ufffd in it',
      occurred_at: Date.UTC(2026, 10, 24, 11, 0, 0, 250),
      detected_at: Date.UTC(2026, 10, 24, 11, 0, 1),
      historical: 1,
      facts: '{"days":400,"who":["a","b"]}',
      first_event_id: 'e1',
      last_event_id: '',
      owner_email: 'o@example.test',
      query: "SELECT *\nFROM keys\nWHERE key_id = 'k1'",
      action: '',
    });
  });

  it('times and numbers out of range are moved into it: one of them would fail the whole range', () => {
    const odd = { ...alert, occurredAt: '0001-01-01T00:00:00Z', ruleVersion: 2 ** 40 };
    const row = alertEventRow({ id: 'a:1', source: 'sweep', alert: odd }, position, identity, 7);
    expect(columns('alert_event_intake', row)).toMatchObject({
      occurred_at: LOG_TIME,
      rule_version: 4_294_967_295,
    });
  });

  it('a delivery gives every value back', () => {
    const delivery: Delivery = {
      alertId: 'a1',
      rule: 'r',
      severity: 'low',
      tenantId: 'acme',
      channel: 'webhook',
      target: 'https://hooks.example.test/x',
      attempt: 2 ** 40,
      outcome: 'retry',
      status: -(2 ** 40),
      error: 'no "answer"',
      at: '2026-11-24T11:00:01.5Z',
    };
    const row = deliveryEventRow({ id: 'd1', delivery }, position, identity, 7);
    expect(columns('delivery_event_intake', row)).toMatchObject({
      message_key: 'a1',
      event_id: 'd1',
      severity: 2,
      channel: 'webhook',
      attempt: 4_294_967_295,
      outcome: 'retry',
      status: -2_147_483_648,
      error: 'no "answer"',
      at: Date.UTC(2026, 10, 24, 11, 0, 1, 500),
    });
  });

  it('duplicates fit their intakes', () => {
    const event = { id: 'a:1', source: 'sweep', alert };
    expect(
      columns('alert_event_intake', alertEventRow(event, position, identity, 7, 'duplicate')),
    ).toMatchObject({ kind: 2, identity, severity: 1 });
    const delivery = { alertId: 'a1' } as Delivery;
    expect(
      columns(
        'delivery_event_intake',
        deliveryEventRow({ id: 'd', delivery }, position, identity, 7, 'duplicate'),
      ),
    ).toMatchObject({ kind: 2, identity });
  });
});

describe('alertLogRow', () => {
  const reference = {
    alertId: 'a'.repeat(32),
    fingerprint: 'f'.repeat(32),
    rule: 'stale-key',
    tenantId: 'acme',
    lane: 'live',
    keyId: 'k1',
    severity: 'high',
  } as const;
  const logRow = (event: AlertLogEvent, kind?: 'duplicate') =>
    columns('alert_event_intake', alertLogRow(event, position, identity, 7, kind, 'key'));

  it('an action gives every value back', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALERT_ACTIONS), text, text, text, (action, id, by, why) => {
        const data = { ...reference, by, why, at: '2026-11-24T12:00:00.250+01:00' };
        const found = logRow({ kind: 'action', event: { id, source: 'api', action, data } });
        expect(found).toMatchObject({
          kind: 5,
          message_key: 'key',
          event_id: id.toWellFormed(),
          alert_id: reference.alertId,
          fingerprint: reference.fingerprint,
          rule: 'stale-key',
          severity: 4,
          tenant_id: 'acme',
          lane: 'live',
          key_id: 'k1',
          action,
          silence_id: '',
          actor: by.toWellFormed(),
          why: why.toWellFormed(),
          acted_at: Date.UTC(2026, 10, 24, 11, 0, 0, 250),
        });
      }),
    );
  });

  it('a silence gives its matchers and limits back; what it does not name is empty', () => {
    const created = aSilence({ matchers: { owner: 'ann', severityAtMost: 'low' } });
    const event = { id: 's1', source: 'api', kind: 'created', data: created } as const;
    expect(logRow({ kind: 'silence', event })).toMatchObject({
      kind: 5,
      action: 'silence-created',
      silence_id: created.silenceId,
      alert_id: '',
      rule: '',
      tenant_id: '',
      key_id: '',
      lane: '',
      owner_id: 'ann',
      severity: 2,
      actor: 'ann',
      why: created.why,
      starts_at: Date.parse(created.startsAt),
      ends_at: Date.parse(created.endsAt),
    });
    const { silenceId, by, at, why } = created;
    const end = {
      id: 's2',
      source: 'api',
      kind: 'ended',
      data: { silenceId, by, at, why },
    } as const;
    expect(logRow({ kind: 'silence', event: end })).toMatchObject({
      action: 'silence-ended',
      silence_id: silenceId,
      severity: 1,
    });
  });

  it('a telling is as it always was, and a duplicate says only where it stands', () => {
    const telling = { kind: 'telling', event: anAlertEvent() } as const;
    expect(logRow(telling)).toMatchObject({ kind: 1, alert_id: 'a'.repeat(32), action: '' });
    const action = { kind: 'action', event: anAlertAction('resolved') } as const;
    expect(logRow(action, 'duplicate')).toMatchObject({ kind: 2, identity, action: '', actor: '' });
  });
});
