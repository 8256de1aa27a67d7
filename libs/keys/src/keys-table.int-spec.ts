import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { IntakeWriter, keyEventRow, ReportRunner, type ClickHouse } from '@keywatch/clickhouse';
import { decodeCloudEvent, identityOf, REQUEST_MADE, type LifecycleEvent } from '@keywatch/events';
import { startSpecEngine, type SpecEngine } from '@keywatch/testing';
import fc from 'fast-check';
import { foldKey } from './fold.js';
import { UNKNOWN_KEY, type KeyState } from './key-state.js';

const SEED = 20_260_301;
const KEYS = 60;
const LOG_MS = Date.UTC(2026, 2, 1);

let engine: SpecEngine;
let clickhouse: ClickHouse;

beforeAll(async () => {
  engine = await startSpecEngine('keys');
  clickhouse = await engine.freshDatabase();
}, 120_000);

afterAll(() => engine.stop(), 60_000);

const types = ['created', 'rotated', 'revoked', 'disabled', 'enabled', 'leak-reported'];
const anyEvent = fc.record({
  type: fc.constantFrom(...types),
  // Few times, so that the id decides; one missing, one before 2010, one far ahead.
  time: fc.constantFrom(
    '2026-01-01T00:00:00.001Z',
    '2026-01-01T00:00:00.002Z',
    '2025-06-01T02:00:00+02:00',
    '1999-01-01T00:00:00Z',
    '2031-01-01T00:00:00Z',
    undefined,
  ),
  data: fc.record(
    {
      secretVersion: fc.nat({ max: 9 }),
      plan: fc.constantFrom('free', 'pro', 'Größe "1"'),
      environment: fc.constantFrom('production', 'staging'),
      allowedEnvironments: fc.uniqueArray(fc.constantFrom('dev', 'test', 'staging')),
      owner: fc.constantFrom({ id: 'ada' }, { email: 'bob@example.org', team: 'core' }),
      kind: fc.constantFrom('long-term', 'temporary'),
      expiresAt: fc.constantFrom('2026-06-01T00:00:00.5Z', '2027-06-01T00:00:00+02:00'),
      graceEndsAt: fc.constantFrom('2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z'),
    },
    { requiredKeys: [] },
  ),
});

/** The events of one key as the decoder gives them, ids in an order that differs by alphabet. */
function eventsOf(
  keyId: string,
  chosen: typeof anyEvent extends fc.Arbitrary<infer T> ? T[] : never,
) {
  return chosen.map(({ type, time, data }, i): LifecycleEvent => {
    const decoded = decodeCloudEvent({
      specversion: '1.0',
      id: `${'zaéMx'.charAt(i % 5)}-${i}`,
      source: '/spec',
      type: `keywatch.key.${type}.v1`,
      subject: keyId,
      ...(time === undefined ? {} : { time }),
      data,
    });
    if (decoded.kind !== 'ok' || decoded.event.type === REQUEST_MADE)
      throw new Error(JSON.stringify(decoded));
    return decoded.event;
  });
}

/** A state as the columns of the view say it, times in ms, null where nobody said. */
function columnsOf(state: KeyState): Record<string, unknown> {
  const description = state.description?.value;
  return {
    created_at: state.createdAtMs ?? null,
    last_rotated_at: state.lastRotatedAtMs ?? null,
    revoked_at: state.revokedAtMs ?? null,
    leak_reported_at: state.leakReportedAtMs ?? null,
    secret_version: state.secretVersion,
    owner_id: description?.ownerId ?? '',
    owner_email: description?.ownerEmail ?? '',
    owner_team: description?.ownerTeam ?? '',
    plan: description?.plan ?? '',
    environment: description?.environment ?? '',
    allowed_environments: description?.allowedEnvironments ?? [],
    kind: description?.kind ?? '',
    expires_at: description?.expiresAtMs ?? null,
    grace_ends_at: state.grace?.value ?? null,
    disabled: state.disabled?.value === true ? 1 : 0,
  };
}

const ms = (column: string): string => `toUnixTimestamp64Milli(k.${column}) AS ${column}`;
const QUERY = `SELECT key_id, ${['created_at', 'last_rotated_at', 'revoked_at', 'leak_reported_at', 'expires_at', 'grace_ends_at'].map(ms).join(', ')},
  secret_version, owner_id, owner_email, owner_team, plan, environment, arraySort(k.allowed_environments) AS allowed_environments, kind, disabled
  FROM {{database}}.keys AS k`;

describe('the keys table', () => {
  it(`says of each key what the fold says, whatever the order of inserts (seed ${SEED})`, async () => {
    const histories = fc.sample(fc.array(anyEvent, { minLength: 1, maxLength: 10 }), {
      seed: SEED,
      numRuns: KEYS,
    });
    const all = histories.flatMap((chosen, i) => eventsOf(`key-${i}`, chosen));
    const expected = new Map<string, KeyState>();
    for (const event of all) {
      expected.set(event.keyId, foldKey(expected.get(event.keyId) ?? UNKNOWN_KEY, event, LOG_MS));
    }
    const writer = new IntakeWriter(clickhouse, 'key_event_intake');
    const backwards = [...all].reverse();
    const third = Math.ceil(all.length / 3);
    for (let from = 0; from < all.length; from += third) {
      const rows = backwards.slice(from, from + third).map((event, i) => {
        const position = { topic: 'key-events', partition: 0, offset: from + i, logTimeMs: LOG_MS };
        return keyEventRow(
          event,
          position,
          identityOf(event.tenantId, event.source, event.keyId + event.id),
          0,
        );
      });
      await writer.write(rows, `spec-${from}`);
    }
    const rows = await new ReportRunner(clickhouse).query<{ key_id: string }>(QUERY);
    expect(rows).toHaveLength(KEYS);
    for (const { key_id, ...columns } of rows) {
      expect({ key_id, ...columns }).toEqual({
        key_id,
        ...columnsOf(expected.get(key_id) ?? UNKNOWN_KEY),
      });
    }
  }, 60_000);
});
