import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertLogRow, IntakeWriter, ReportRunner } from '@keywatch/clickhouse';
import { identityOf, type AlertLogEvent } from '@keywatch/events';
import {
  alertActionNamed,
  alertsNamed,
  alertStory,
  silencesNamed,
  silencesWithIds,
  type SilenceRow,
  type SqlQuery,
} from '@keywatch/reports';
import {
  anAlertAction,
  anAlertEvent,
  aSilence,
  startSpecEngine,
  type SpecEngine,
} from '@keywatch/testing';

const LIMIT_MS = 120_000;
const HOUR = 3_600_000;
const NOW = Date.now();
const at = (ms: number): string => new Date(NOW + ms).toISOString();
const alertId = 'a'.repeat(32);
const active = 'e'.repeat(32);
const past = 'f'.repeat(32);

let engine: SpecEngine;
let ask: <T>(query: SqlQuery) => Promise<T[]>;

const silence = (silenceId: string, endsAt: string): AlertLogEvent => {
  const data = aSilence({ silenceId, startsAt: at(-3 * HOUR), endsAt, at: at(-3 * HOUR) });
  return { kind: 'silence', event: { id: silenceId, source: 'api', kind: 'created', data } };
};
const LOG: readonly AlertLogEvent[] = [
  { kind: 'telling', event: anAlertEvent({ detectedAt: at(-2 * HOUR) }) },
  {
    kind: 'action',
    event: anAlertAction('acknowledged', { at: at(-30_000), why: 'mine' }, 'second'),
  },
  { kind: 'action', event: anAlertAction('commented', { at: at(-60_000) }, 'first') },
  { kind: 'telling', event: anAlertEvent({ alertId: `a${'b'.repeat(31)}` }) },
  silence(active, at(HOUR)),
  silence(past, at(-HOUR)),
];

beforeAll(async () => {
  engine = await startSpecEngine('alertdetail');
  const clickhouse = await engine.freshDatabase();
  const rows = LOG.map((event, offset) =>
    alertLogRow(
      event,
      { topic: 'alerts', partition: 0, offset, logTimeMs: NOW },
      identityOf('', event.event.source, event.event.id),
      1,
    ),
  );
  await new IntakeWriter(clickhouse, 'alert_event_intake').write(rows, 'all');
  const runner = new ReportRunner(clickhouse);
  ask = ({ sql, params }) => runner.query(sql, { ...params });
}, LIMIT_MS);

afterAll(() => engine.stop(), LIMIT_MS);

describe('one alert, over the engine', () => {
  it('is found by its id, and every one that begins so', async () => {
    expect(await ask(alertsNamed(alertId))).toMatchObject([
      { alertId, status: 'acknowledged', acknowledgedBy: 'ann', silencedBy: active },
    ]);
    expect(await ask(alertsNamed('a'))).toHaveLength(2);
    expect(await ask(alertsNamed('0000'))).toEqual([]);
  });

  it('has its story in order of time', async () => {
    const { tellings, actions, deliveries } = alertStory(alertId);
    expect(await ask(tellings)).toMatchObject([
      { eventId: `${alertId}:1`, detectedAt: at(-2 * HOUR), severity: 'medium' },
    ]);
    expect(await ask(actions)).toMatchObject([
      { id: 'first', action: 'commented', by: 'ann', at: at(-60_000) },
      { id: 'second', action: 'acknowledged', why: 'mine', severity: 'medium' },
    ]);
    expect(await ask(deliveries)).toEqual([]);
  });

  it('has each deed by its id', async () => {
    expect(await ask(alertActionNamed(alertId, 'second'))).toMatchObject([{ by: 'ann' }]);
    expect(await ask(alertActionNamed(alertId, 'third'))).toEqual([]);
  });
});

describe('silences, over the engine', () => {
  const ids = async (query: SqlQuery): Promise<string[]> =>
    (await ask<SilenceRow>(query)).map(({ silenceId }) => silenceId);

  it('are those that are not over, or all', async () => {
    expect(await ids(silencesNamed('', false))).toEqual([active]);
    expect((await ids(silencesNamed('', true))).sort()).toEqual([active, past]);
    expect(await ids(silencesNamed('ffff', true))).toEqual([past]);
    expect(await ids(silencesWithIds([past]))).toEqual([past]);
  });

  it('say what they cover, until when, who wanted them and why', async () => {
    expect(await ask(silencesNamed(active, false))).toMatchObject([
      {
        status: 'active',
        rule: 'stale-key',
        tenantId: '',
        severityAtMost: 'critical',
        endsAt: at(HOUR),
        by: 'ann',
        why: 'migration week',
        endedBy: '',
        endedAt: null,
      },
    ]);
  });
});
