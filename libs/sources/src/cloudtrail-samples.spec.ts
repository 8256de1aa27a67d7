import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  decodeKeyEvent,
  encodeKeyEvent,
  identityOf,
  REQUEST_MADE,
  secretMemberOf,
  type KeyEvent,
  type OutgoingKeyEvent,
} from '@keywatch/events';
import { cloudTrailSource, isRejected, readEvents, readRecords } from './index.js';

const FIXTURES = new URL('../../../test/fixtures/cloudtrail/', import.meta.url);
const SAMPLES = ['invictus', 'ec2_proxy_exfiltration'] as const;

interface ExpectedKey {
  requests: number;
  errors: number;
  firstUsed: string;
  lastUsed: string;
  userAgents: number;
  endpoints: number;
  sourceAddresses: number;
}
interface Expected {
  records: number;
  events: number;
  requests: number;
  types: Record<string, number>;
  keys_used: number;
  statuses: Record<string, number>;
  keys: Record<string, ExpectedKey>;
}
const expected = JSON.parse(readFileSync(new URL('expected.json', FIXTURES), 'utf8')) as Record<
  (typeof SAMPLES)[number],
  Expected
>;

async function* bytesOf(name: string): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  const bytes = readFileSync(new URL(`${name}.jsonl.gz`, FIXTURES));
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
}

async function recordsOf(name: string): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const read of readRecords(bytesOf(name))) {
    if ('error' in read) throw new Error(read.error);
    records.push(read.record);
  }
  return records;
}

function eventsOf(records: readonly unknown[]): OutgoingKeyEvent[] {
  return records.flatMap((record) => {
    const outcome = cloudTrailSource.events(record, { lane: 'import-1' });
    if (isRejected(outcome)) throw new Error(outcome.error);
    return outcome.events;
  });
}

function decoded(event: OutgoingKeyEvent): KeyEvent {
  const { value } = encodeKeyEvent(event);
  const result = decodeKeyEvent({ value: Buffer.from(value) });
  if (result.kind !== 'ok') throw new Error(JSON.stringify(result));
  return result.event;
}

const NAME_OF_TYPE: Readonly<Record<string, string>> = {
  'keywatch.key.request-made.v1': 'request',
  'keywatch.key.created.v1': 'key.created',
  'keywatch.key.revoked.v1': 'key.revoked',
};

/** What a reader downstream counts: each identity once, whatever the order. */
function count(outgoing: readonly OutgoingKeyEvent[]): Omit<Expected, 'records'> {
  const once = new Map<string, KeyEvent>();
  for (const event of outgoing.map(decoded)) {
    once.set(identityOf(event.tenantId, event.source, event.id), event);
  }
  const events = [...once.values()];
  const requests = events.filter((event) => event.type === REQUEST_MADE);
  const keys: Record<string, ExpectedKey> = {};
  for (const [keyId, uses] of Object.entries(Object.groupBy(requests, ({ keyId }) => keyId))) {
    if (uses === undefined) continue;
    const times = uses.toSorted((a, b) => a.timeMs - b.timeMs).map(({ timeText }) => timeText);
    const distinct = (values: (string | undefined)[]): number => new Set(values).size;
    keys[keyId] = {
      requests: uses.length,
      errors: uses.filter(({ data }) => (data.status ?? 0) >= 400).length,
      firstUsed: times[0] ?? '',
      lastUsed: times.at(-1) ?? '',
      userAgents: distinct(uses.map(({ data }) => data.userAgent)),
      endpoints: distinct(uses.map(({ data }) => data.endpoint)),
      sourceAddresses: distinct(uses.map(({ data }) => data.sourceIp)),
    };
  }
  return {
    events: events.length,
    requests: requests.length,
    types: tally(events.map(({ type }) => NAME_OF_TYPE[type] ?? type)),
    keys_used: Object.keys(keys).length,
    statuses: tally(requests.map(({ data }) => String(data.status))),
    keys,
  };
}

function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** The order of a fixed, wild permutation. */
function shuffled<T>(values: readonly T[]): T[] {
  const hash = (index: number): number => Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return values
    .map((value, index) => ({ value, rank: hash(index) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ value }) => value);
}

/** Values of members that hold secrets, at any depth. */
function secretsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) =>
    typeof inner === 'string' && inner !== '' && secretMemberOf({ [name]: inner }) !== undefined
      ? [inner]
      : secretsIn(inner),
  );
}

describe.each(SAMPLES)('the %s sample', (name) => {
  const { records: recordCount, ...counts } = expected[name];

  it('is read whole', async () => {
    expect(await recordsOf(name)).toHaveLength(recordCount);
  });

  it('gives exactly the expected counts in file order', async () => {
    expect(count(eventsOf(await recordsOf(name)))).toEqual(counts);
  });

  it('gives the same counts shuffled', async () => {
    expect(count(eventsOf(shuffled(await recordsOf(name))))).toEqual(counts);
  });

  it('gives the same counts when every record comes twice', async () => {
    const records = await recordsOf(name);
    expect(count(eventsOf([...records, ...shuffled(records)]))).toEqual(counts);
  });

  it('never passes on a secret of the records', async () => {
    const records = await recordsOf(name);
    const secrets = [...new Set(secretsIn(records))];
    expect(secrets.filter((secret) => secret.length > 100).length).toBeGreaterThan(0);
    const produced = JSON.stringify(eventsOf(records));
    expect(secrets.filter((secret) => produced.includes(secret))).toEqual([]);
  });

  it('accounts for every record', async () => {
    const reasons: string[] = [];
    for await (const outcome of readEvents(cloudTrailSource, bytesOf(name), { lane: 'x' })) {
      reasons.push(isRejected(outcome) ? outcome.rejected : (outcome.skipped ?? 'taken'));
    }
    expect(tally(reasons)).toEqual(
      name === 'invictus' ? { taken: 2841, 'no-access-key': 59 } : { taken: 103 },
    );
  });
});
