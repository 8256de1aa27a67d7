import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeKeyEvent, TOPICS, type OutgoingMessage } from '@keywatch/events';
import { Kafka } from '@keywatch/kafka';
import { runCommand, type Ran } from '../cli/run-command.js';
import { toldAlerts, undisturbedAlerts } from '../failures/log-alerts.js';
import { outcomeOf } from '../failures/outcome.js';
import { startFailureStack, type FailureStack } from '../failures/stack.js';
import { inParts, someTraffic } from '../failures/traffic.js';

interface Telling {
  readonly rule: string;
  readonly keyId: string;
  readonly why: string;
}

interface Found {
  readonly rules: readonly {
    readonly rule: string;
    readonly same: number;
    readonly otherEvidence: number;
    readonly onlyNow: number;
    readonly onlyThen: number;
  }[];
  readonly onlyNow: readonly Telling[];
  readonly onlyThen: readonly Telling[];
  readonly memoryFrom: string | null;
  readonly messages: number;
  readonly warmUp: number;
  readonly told: number | null;
  readonly notes: readonly string[];
}

const sum = ({ rules }: Found, of: 'same' | 'otherEvidence' | 'onlyNow' | 'onlyThen'): number =>
  rules.reduce((total, one) => total + one[of], 0);

describe('keywatch detect', () => {
  let stack: FailureStack;
  let empty: string;
  let start: string;
  let between: string;
  /** The replay of all that is in the log at first. */
  let all: Found & { readonly code: number };

  beforeAll(async () => {
    empty = await mkdtemp(join(tmpdir(), 'keywatch-replay-'));
    start = new Date().toISOString();
    stack = await startFailureStack({ killAt: { detect: ['alerts-sent:2', 'state-sent:2'] } });
    const [first = [], second = []] = inParts(someTraffic(5, 3_000), 2);
    await stack.produce([...first, ...lifecycle()]);
    await stack.untilKilled('detect', 2);
    await stack.caughtUp();
    await delay(10);
    between = new Date().toISOString();
    await stack.produce([...second, useAfterRevocation()]);
    await stack.caughtUp();
    all = await found('--from', start);
  }, 180_000);

  afterAll(async () => {
    await stack.stop();
    await rm(empty, { recursive: true, force: true });
  }, 60_000);

  const replay = (...argv: string[]): Promise<Ran> =>
    runCommand(['detect', '--data', empty, ...argv], stack.addresses);

  async function found(...argv: string[]): Promise<Found & { readonly code: number }> {
    const { out, err, code } = await replay('--json', ...argv);
    if (out === '') throw new Error(err);
    return { ...(JSON.parse(out) as Found), code };
  }

  it('finds the alerts of the whole log again, killed though detection was meanwhile', async () => {
    const told = await toldAlerts(stack.client);
    expect(told).toEqual(await undisturbedAlerts(stack.client));
    expect(all).toMatchObject({ code: 0, onlyNow: [], onlyThen: [], memoryFrom: null, told: null });
    expect(sum(all, 'same')).toBe(told.size);
    expect(told.size).toBeGreaterThan(80);
    expect(all.warmUp).toBe(0);
    expect(all.notes).toEqual([]);
  }, 60_000);

  it('finds those of a part again, of one rule where that is asked for, in words', async () => {
    const part = await found('--from', between);
    expect(part).toMatchObject({ code: 0, onlyNow: [], onlyThen: [], memoryFrom: null });
    expect(sum(part, 'otherEvidence')).toBe(0);
    expect(part.warmUp).toBeGreaterThan(1_500);
    expect(part.messages).toBeGreaterThan(1_500);
    const own = part.rules.find(({ rule }) => rule === 'revoked-key-use');
    expect(own?.same).toBeGreaterThan(0);

    const before = await found('--from', start, '--to', between);
    expect(before.messages + part.messages).toBe(all.messages);

    const { out, code } = await replay('--from', between, '--rules', 'revoked-key-use');
    expect(code).toBe(0);
    expect(out).toContain(`The replay gives the ${own?.same} alert`);
    expect(out).not.toContain('multi-environment-use');
  }, 60_000);

  it('refuses what can not be', async () => {
    const sweep = await replay('--from', start, '--rules', 'stale-key');
    expect(sweep).toMatchObject({ code: 2, err: expect.stringContaining('stale-key is a sweep') });
    const late = await replay('--from', '2100-01-01');
    expect(late).toMatchObject({
      code: 2,
      err: expect.stringContaining('--from is in the future'),
    });
    const turned = await replay('--from', between, '--to', start);
    expect(turned).toMatchObject({ code: 2, err: expect.stringContaining('--to must be after') });
  });

  it('tells what detection has not told; that detection tells it later changes nothing', async () => {
    await stack.signal('detect', 'SIGSTOP');
    const from = new Date().toISOString();
    await stack.produce([...lifecycle('late'), useAfterRevocation('late')]);
    const asked = await found('--from', from);
    expect(asked.onlyNow.map(({ rule, keyId, why }) => ({ rule, keyId, why }))).toContainEqual({
      rule: 'revoked-key-use',
      keyId: 'late',
      why: 'detection has not been there yet',
    });
    expect(asked).toMatchObject({ code: 1, told: null, onlyThen: [] });

    const telling = await found('--from', from, '--tell');
    expect(telling.told).toBeGreaterThan(0);
    const ids = await toldAlerts(stack.client);
    await stack.signal('detect', 'SIGCONT');
    await stack.caughtUp();
    expect(await toldAlerts(stack.client)).toEqual(ids);
    expect(ids).toEqual(await undisturbedAlerts(stack.client));
    expect(await found('--from', start)).toMatchObject({ code: 0, onlyNow: [], onlyThen: [] });
    expect((await outcomeOf(stack)).wrong).toEqual([]);
  }, 120_000);

  it('says what rests on messages that retention has removed, and refuses to begin among those', async () => {
    const admin = new Kafka(stack.client).admin();
    await admin.connect();
    const { name } = TOPICS.keyEvents;
    const offsets = await admin.fetchTopicOffsetsByTimestamp(name, Date.parse(between));
    await admin.deleteTopicRecords({ topic: name, partitions: offsets });
    await admin.disconnect();

    const refused = await replay('--from', start);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("The log doesn't go back to");
    const possible = /--from (\S+Z)\./.exec(refused.err)?.[1] ?? '';
    expect(Date.parse(possible)).toBeGreaterThanOrEqual(Date.parse(between));

    const left = await found('--from', possible);
    expect(left).toMatchObject({ code: 1, memoryFrom: possible });
    expect(left.onlyThen).toContainEqual(
      expect.objectContaining({
        rule: 'revoked-key-use',
        keyId: 'gone',
        why: `it may rest on what arrived before ${possible}`,
      }),
    );
    expect(left.notes.join('\n')).toContain('retention has removed what was before');
  }, 60_000);
});

const at = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1000).toISOString();

/** A key that is created and revoked. */
function lifecycle(keyId = 'gone'): OutgoingMessage[] {
  const event = { source: '/spec', subject: keyId, data: {} };
  return [
    encodeKeyEvent({
      ...event,
      id: `${keyId}-1`,
      type: 'keywatch.key.created.v1',
      time: at(7_200),
      data: { environment: 'production' },
    }),
    encodeKeyEvent({
      ...event,
      id: `${keyId}-2`,
      type: 'keywatch.key.revoked.v1',
      time: at(3_600),
      data: { reason: 'left' },
    }),
  ];
}

function useAfterRevocation(keyId = 'gone'): OutgoingMessage {
  return encodeKeyEvent({
    id: `${keyId}-3`,
    source: '/spec',
    subject: keyId,
    type: 'keywatch.key.request-made.v1',
    time: at(0),
    data: { environment: 'production', status: 200, sourceIp: '203.0.113.7' },
  });
}
