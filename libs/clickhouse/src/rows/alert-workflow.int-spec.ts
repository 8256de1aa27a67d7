import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { stateOf, UNTOUCHED, withAction, type AlertState } from '@keywatch/alerting';
import {
  ALERT_ACTIONS,
  identityOf,
  SEVERITIES,
  tenantOfAlertLogEvent,
  type Alert,
  type AlertAction,
  type AlertActionName,
  type AlertLogEvent,
  type Silence,
} from '@keywatch/events';
import {
  anAlertAction,
  anAlertEvent,
  aSilence,
  startSpecEngine,
  type SpecEngine,
} from '@keywatch/testing';
import fc from 'fast-check';
import type { ClickHouse } from '../client.js';
import { IntakeWriter } from '../intake/intake-writer.js';
import { readBackRange } from '../log/range-read-back.js';
import { ReportRunner } from '../report-runner.js';
import { verifyDatabase } from '../verify/verify.js';
import { alertLogRow } from './alert-action-row.js';
import { rangeRow } from './range-row.js';

const NOW = Date.now();
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const HOUR = 3_600_000;

let engine: SpecEngine;
let clickhouse: ClickHouse;
let offset = 0;

beforeAll(async () => {
  engine = await startSpecEngine('workflow');
}, 90_000);

afterAll(() => engine.stop(), 90_000);

beforeEach(async () => {
  offset = 0;
  clickhouse = await engine.freshDatabase();
}, 60_000);

const telling = (over: Partial<Alert> = {}, revision = '1'): AlertLogEvent => {
  const event = anAlertEvent({ detectedAt: at(-HOUR), occurredAt: at(-HOUR), ...over });
  return { kind: 'telling', event: { ...event, id: `${event.alert.alertId}:${revision}` } };
};
let actions = 0;
const action = (name: AlertActionName, over: Partial<AlertAction> = {}): AlertLogEvent => {
  actions += 1;
  return { kind: 'action', event: anAlertAction(name, { at: at(0), ...over }, `act-${actions}`) };
};
const silence = (digit: string, over: Partial<Silence> = {}): AlertLogEvent => {
  const limits = { startsAt: at(-HOUR), endsAt: at(HOUR), at: at(-HOUR) };
  const data = aSilence({ silenceId: digit.repeat(32), ...limits, ...over });
  return { kind: 'silence', event: { id: `s${digit}`, source: 'api', kind: 'created', data } };
};
const end = (digit: string, ms: number): AlertLogEvent => {
  const data = { silenceId: digit.repeat(32), by: 'bob', at: at(ms), why: 'over' };
  return { kind: 'silence', event: { id: `e${digit}${ms}`, source: 'api', kind: 'ended', data } };
};

/** One range of these events, sent as often as given under one token. */
async function write(events: readonly AlertLogEvent[], times = 1): Promise<void> {
  const from = offset;
  const rows = events.map((event) => {
    const identity = identityOf(tenantOfAlertLogEvent(event), event.event.source, event.event.id);
    return alertLogRow(
      event,
      { topic: 'alerts', partition: 0, offset: offset++, logTimeMs: NOW },
      identity,
      1,
    );
  });
  const counts = {
    messages: events.length,
    events: events.length,
    duplicates: 0,
    conflicts: 0,
    deadLetters: 0,
    dropped: 0,
    firstLogTimeMs: NOW,
    lastLogTimeMs: NOW,
  };
  const bounds = { topic: 'alerts', partition: 0, from, to: offset };
  const range = rangeRow('alert_event_intake', bounds, counts);
  const writer = new IntakeWriter(clickhouse, 'alert_event_intake');
  for (let time = 0; time < times; time += 1) {
    await writer.write([...rows, range], `alerts/0/${from}-${offset}`);
  }
}

const ask = <T>(sql: string): Promise<T[]> => new ReportRunner(clickhouse).query<T>(sql);

async function alert(): Promise<Record<string, unknown>> {
  const [found] = await ask<Record<string, unknown>>(
    `SELECT severity, tellings, query, runbook, status, acknowledged_by, acknowledged_at, resolved_by, resolved_at, status_why, comments, silenced_by
    FROM {{database}}.alerts WHERE alert_id = '${'a'.repeat(32)}'`,
  );
  if (found === undefined) throw new Error('the alert is not stored');
  return found;
}

describe('what people do about alerts, stored', () => {
  it('is there once however often its range is sent, and verify finds nothing', async () => {
    await write(
      [telling(), action('acknowledged'), silence('1'), action('commented'), end('1', 0)],
      3,
    );
    await write([action('commented'), telling({}, '2')], 2);
    const counts = await ask<{ table: string; n: number }>(
      ['alert_events', 'alert_evidence', 'alert_actions', 'event_ids', 'ranges']
        .map((table) => `SELECT '${table}' AS table, count() AS n FROM {{database}}.${table}`)
        .join(' UNION ALL '),
    );
    expect(Object.fromEntries(counts.map(({ table, n }) => [table, n]))).toEqual({
      alert_events: 2,
      alert_evidence: 2,
      alert_actions: 5,
      event_ids: 7,
      ranges: 2,
    });
    expect(await alert()).toMatchObject({ tellings: 2, comments: 2 });
    const topics = { keyEvents: 'keys', alertEvents: 'alerts', deliveryEvents: 'deliveries' };
    const log = [{ topic: 'alerts', partition: 0, start: 0, end: 7, committed: 7 }];
    const findings = await verifyDatabase(clickhouse, { topics, log });
    expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    const stretch = { topic: 'alerts', partition: 0, from: 0, to: 5 };
    expect(await readBackRange(clickhouse, 'alert_event_intake', stretch)).toBe('all');
    expect(
      await readBackRange(clickhouse, 'alert_event_intake', { ...stretch, from: 7, to: 8 }),
    ).toBe('nothing');
  }, 60_000);

  it('an alert nobody has touched is open, with the query of its largest evidence', async () => {
    const facts = (n: number) => ({ facts: { requests: 'x'.repeat(n) }, query: `SELECT ${n}` });
    await write([telling({ evidence: facts(20) }, '1'), telling({ evidence: facts(3) }, '2')]);
    expect(await alert()).toEqual({
      severity: 'medium',
      tellings: 2,
      query: 'SELECT 20',
      runbook: 'docs/runbooks/stale-key.md',
      status: 'open',
      acknowledged_by: '',
      acknowledged_at: null,
      resolved_by: '',
      resolved_at: null,
      status_why: '',
      comments: 0,
      silenced_by: [],
    });
  }, 60_000);

  it('goes from open to acknowledged, resolved and open again, whatever order it arrives in', async () => {
    const steps = [
      action('acknowledged', { at: at(1), by: 'ann', why: 'mine' }),
      action('resolved', { at: at(2), by: 'bob', why: 'rotated' }),
      action('reopened', { at: at(3), by: 'cy', why: 'no it is not' }),
    ];
    const [acknowledged, resolved, reopened] = steps as [
      AlertLogEvent,
      AlertLogEvent,
      AlertLogEvent,
    ];
    await write([telling(), resolved, acknowledged]);
    expect(await alert()).toMatchObject({
      status: 'resolved',
      acknowledged_by: 'ann',
      resolved_by: 'bob',
      status_why: 'rotated',
      resolved_at: at(2),
    });
    await write([reopened]);
    expect(await alert()).toMatchObject({ status: 'open', acknowledged_by: '', resolved_by: '' });
    await write([action('acknowledged', { at: at(4), by: 'dee', why: 'again' })]);
    expect(await alert()).toMatchObject({
      status: 'acknowledged',
      acknowledged_by: 'dee',
      status_why: 'again',
    });
  }, 60_000);

  it('is open again once the alert is told more severe than it was when somebody took it', async () => {
    await write([telling(), action('resolved', { severity: 'medium' })]);
    await write([telling({ severity: 'medium' }, '2')]);
    expect(await alert()).toMatchObject({ status: 'resolved' });
    await write([telling({ severity: 'high' }, '3')]);
    expect(await alert()).toMatchObject({ status: 'open', resolved_by: '' });
    await write([action('acknowledged', { severity: 'high' })]);
    expect(await alert()).toMatchObject({ status: 'acknowledged' });
  }, 60_000);

  it('has the state that the fold gives, for any actions of any kind', async () => {
    const kinds = fc.record({
      id: fc.nat(9),
      name: fc.constantFrom(...ALERT_ACTIONS),
      ms: fc.integer({ min: 0, max: 3 }),
      severity: fc.constantFrom(...SEVERITIES),
    });
    const cases = fc.sample(
      fc.record({
        severity: fc.constantFrom(...SEVERITIES),
        deeds: fc.array(kinds, { maxLength: 6 }),
      }),
      { numRuns: 150, seed: 7 },
    );
    const expected = new Map<string, AlertState>();
    const events = cases.flatMap(({ severity, deeds }, n): AlertLogEvent[] => {
      const alertId = n.toString(16).padStart(32, '0');
      const done = deeds.map(({ id, name, ms, severity: then }, index) =>
        anAlertAction(
          name,
          { alertId, at: at(ms), by: `by ${id}`, severity: then },
          `${id}-${n}-${index}`,
        ),
      );
      expected.set(alertId, stateOf(done.reduce(withAction, UNTOUCHED), severity));
      return [
        telling({ alertId, severity }),
        ...done.map((event) => ({ kind: 'action' as const, event })),
      ];
    });
    await write(events);
    const found = await ask<Record<string, unknown>>(
      `SELECT alert_id AS id, status, acknowledged_by AS acknowledged, resolved_by AS resolved, comments
      FROM {{database}}.alerts ORDER BY id`,
    );
    expect(found).toEqual(
      [...expected].map(([id, { status, acknowledged, resolved, comments }]) => ({
        id,
        status,
        acknowledged: acknowledged?.by ?? '',
        resolved: resolved?.by ?? '',
        comments,
      })),
    );
    expect(new Set(found.map(({ status }) => status)).size).toBe(3);
  }, 60_000);

  it('names the silences that hold now and cover it', async () => {
    await write([
      telling(),
      silence('1'),
      silence('2', {
        matchers: { keyId: 'key_42', tenantId: 'acme', lane: 'live', owner: 'core' },
      }),
      silence('3', { matchers: { rule: 'stale-key', severityAtMost: 'low' } }),
      silence('4', { matchers: { rule: 'other' } }),
      silence('5', { startsAt: at(HOUR), endsAt: at(2 * HOUR) }),
      silence('6', { startsAt: at(-2 * HOUR), endsAt: at(-HOUR) }),
      silence('7'),
      end('7', -1000),
      end('7', -500),
      silence('8', { matchers: { owner: 'somebody else' } }),
      end('9', 0),
    ]);
    const { silenced_by: by } = await alert();
    expect([...(by as string[])].map((id) => id[0]).sort()).toEqual(['1', '2']);
    const silences = await ask<Record<string, string>>(
      `SELECT substring(silence_id, 1, 1) AS id, status, ended_by, toString(ended_at) AS ended_at, severity
      FROM {{database}}.silences ORDER BY id`,
    );
    expect(silences.map(({ id, status }) => `${id} ${status}`)).toEqual([
      '1 active',
      '2 active',
      '3 active',
      '4 active',
      '5 coming',
      '6 over',
      '7 over',
      '8 active',
    ]);
    expect(silences[6]).toMatchObject({
      ended_by: 'bob',
      ended_at: at(-1000).replace('T', ' ').replace('Z', ''),
    });
    expect(silences[2]).toMatchObject({ severity: 'low', ended_by: '' });
  }, 60_000);
});
